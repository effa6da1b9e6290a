import type { DnsAnswer, DnsResolver } from "./dns-resolver.ts";
import type { HostMask } from "./host-mask.ts";
import { parseIpAddress, type IpAddress } from "./ip-address.ts";

/** The names that point to an address. */
export interface AddressNames {
  /** Those that resolve to the address. */
  readonly confirmed: readonly string[];
  /** Those whose look-up failed or has not ended; "all" if the names themselves are not known. */
  readonly failed: readonly string[] | "all";
  /** Seconds for which the responses are valid. */
  readonly ttl: number;
}

interface NameSource {
  readonly resolver: DnsResolver;
  /** Names that are looked up; an address may have many others. */
  readonly isWanted: HostMask;
  readonly signal: AbortSignal;
}

/** Names of one address that are looked up, at most. */
const MOST_NAMES = 8;

/**
 * Looks up the names of an address, and their addresses. Calls back at each confirmed name, and at
 * the end if that adds something. Never rejects.
 */
export async function resolveNames(
  ip: IpAddress,
  { resolver, isWanted, signal }: NameSource,
  tell: (names: AddressNames) => void,
): Promise<void> {
  const reverse = await resolver.lookUp(reverseName(ip), "PTR", signal);
  if (reverse.kind === "unknown") {
    tell({ confirmed: [], failed: "all", ttl: 0 });
    return;
  }
  const names = [...new Set(reverse.values.map(canonicalName))].filter(isWanted);
  const open = new Set(names.slice(0, MOST_NAMES));
  const confirmed: string[] = [];
  let { ttl } = reverse;
  let refutedTtl = reverse.ttl;
  let isTold = false;
  const told = (): AddressNames => ({
    confirmed: [...confirmed],
    failed: [...open],
    ttl: confirmed.length === 0 ? refutedTtl : ttl,
  });
  await Promise.all(
    [...open].map(async (name) => {
      const answer = await resolver.lookUp(name, ip.length === 1 ? "A" : "AAAA", signal);
      if (answer.kind === "unknown") return;
      open.delete(name);
      isTold = leadsTo(answer, ip);
      if (isTold) {
        confirmed.push(name);
        ttl = Math.min(ttl, answer.ttl);
        tell(told());
      } else refutedTtl = Math.min(refutedTtl, answer.ttl);
    }),
  );
  if (!isTold) tell(told());
}

function leadsTo(answer: DnsAnswer, ip: IpAddress): boolean {
  const values = answer.kind === "records" ? answer.values : [];
  return values.some((value) => String(parseIpAddress(value)) === String(ip));
}

/** The name under which an address is looked up (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName(ip: IpAddress): string {
  if (ip.length === 1) {
    const [word] = ip;
    return `${word & 255}.${(word >>> 8) & 255}.${(word >>> 16) & 255}.${word >>> 24}.in-addr.arpa`;
  }
  const digits = ip.map((word) => word.toString(16).padStart(8, "0")).join("");
  return `${Array.from(digits).toReversed().join(".")}.ip6.arpa`;
}

function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}
