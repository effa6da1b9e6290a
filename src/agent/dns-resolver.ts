/** A name server's response; `unknown` is any failure, and proves nothing. */
export type DnsAnswer =
  | {
      readonly kind: "records";
      /** Names or addresses; none if the name or record does not exist. */
      readonly values: readonly string[];
      /** Seconds for which the response is valid. */
      readonly ttl: number;
    }
  | { readonly kind: "unknown" };

/** Looks up the three kinds of records that reverse DNS needs; never rejects. */
export interface DnsResolver {
  lookUp(name: string, type: "PTR" | "A" | "AAAA", signal: AbortSignal): Promise<DnsAnswer>;
}

export const UNKNOWN: DnsAnswer = { kind: "unknown" };
