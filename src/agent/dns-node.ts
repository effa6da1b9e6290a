import { promises } from "node:dns";
import { UNKNOWN, type DnsAnswer, type DnsResolver } from "./dns-resolver.ts";

/** The calls of `node:dns/promises` that are used. */
export type NodeDns = Pick<
  InstanceType<typeof promises.Resolver>,
  "resolvePtr" | "resolve4" | "resolve6"
>;

// Node gives no TTL for PTR records and for negative responses.
const DEFAULT_TTL = 3600;
const NEGATIVE_TTL = 300;
const NO_RECORD = new Set(["ENOTFOUND", "ENODATA"]);

/** Creates a resolver that queries the machine's name servers through Node. */
export function nodeDns(
  resolver: NodeDns = new promises.Resolver({ timeout: 2000, tries: 1 }),
): DnsResolver {
  return {
    async lookUp(name, type, signal) {
      try {
        return await Promise.race([ask(resolver, name, type), aborted(signal)]);
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "";
        return NO_RECORD.has(code) ? { kind: "records", values: [], ttl: NEGATIVE_TTL } : UNKNOWN;
      }
    },
  };
}

async function ask(
  resolver: NodeDns,
  name: string,
  type: "PTR" | "A" | "AAAA",
): Promise<DnsAnswer> {
  if (type === "PTR") {
    return { kind: "records", values: await resolver.resolvePtr(name), ttl: DEFAULT_TTL };
  }
  const records =
    type === "A"
      ? await resolver.resolve4(name, { ttl: true })
      : await resolver.resolve6(name, { ttl: true });
  return {
    kind: "records",
    values: records.map(({ address }) => address),
    ttl: records.reduce((least, { ttl }) => Math.min(least, ttl), DEFAULT_TTL),
  };
}

function aborted(signal: AbortSignal): Promise<DnsAnswer> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(UNKNOWN);
    else signal.addEventListener("abort", () => resolve(UNKNOWN), { once: true });
  });
}
