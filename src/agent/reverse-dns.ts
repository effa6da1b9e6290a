import { isNameableHost } from "../http/nameable-host.ts";
import { BoundedCache } from "../memory/bounded-cache.ts";
import type { DnsAnswer, DnsResolver } from "./dns-resolver.ts";
import { parseIpAddress, type IpAddress } from "./ip-address.ts";
import { within } from "../timing/timeout.ts";

/**
 * `confirmed`: a name resolves to the address. `refuted`: no name does. `pending`: the look-up has
 * not ended. `unknown`: DNS gave no response.
 */
export type ReverseDnsVerdict = "confirmed" | "refuted" | "pending" | "unknown";

export interface ReverseDnsOptions {
  readonly resolver: DnsResolver;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /**
   * Suffixes that the operator has configured: names below them are looked up even in an inner
   * network.
   * @default none
   */
  readonly configured?: readonly string[];
  /** Milliseconds for all look-ups of one address. @default 2000 */
  readonly deadline?: number;
}

export interface ReverseDns {
  /** Returns the cached verdict, or returns `pending` and looks up in the background. */
  peek(
    address: string,
    suffixes: readonly string[],
    background?: (work: Promise<unknown>) => void,
  ): ReverseDnsVerdict;
  /** Returns the cached verdict, or looks up. @param timeout milliseconds @default the deadline */
  check(address: string, suffixes: readonly string[], timeout?: number): Promise<ReverseDnsVerdict>;
}

/** The names that point to an address and resolve to it. */
type Names = readonly string[] | "failed";

const TTL = { least: 60, most: 86_400, failure: 60 };
const MOST_NAMES = 4;
/** Addresses that are cached, and that are looked up at once, at most. */
const MOST_CACHED = 4096;
const MOST_AT_ONCE = 64;
const NO_RECORDS: DnsAnswer = { kind: "records", values: [], ttl: TTL.most };

/** Forward-confirmed reverse DNS with a bounded cache. */
export function createReverseDns(options: ReverseDnsOptions): ReverseDns {
  const { resolver, now, deadline = 2000 } = options;
  const known = new BoundedCache<Names>({
    name: "agents",
    max: MOST_CACHED,
    sizeOf: (names) => 2 * String(names).length,
    clock: () => now() * 1000,
  });
  const configured = (options.configured ?? []).map((each) =>
    each.toLowerCase().replace(/^\./, ""),
  );
  // Clients choose the name of their address; it must not make the proxy look up an inner host.
  const mayLookUp = (name: string): boolean =>
    isNameableHost(name) || endsInOneOf(name, configured);
  const pending = new Map<string, { readonly work: Promise<Names>; readonly since: number }>();

  function lookUp(address: string, ip: IpAddress): Promise<Names> | undefined {
    const time = now();
    for (const [other, { since }] of pending) {
      // On Workers the request that began a look-up may have ended, and its promise with it.
      if (time - since <= (3 * deadline) / 1000) break;
      pending.delete(other);
    }
    const running = pending.get(address);
    if (running !== undefined) return running.work;
    if (pending.size >= MOST_AT_ONCE) return undefined;
    const work = resolveNames(ip, resolver, deadline, mayLookUp).then(({ names, ttl }) => {
      pending.delete(address);
      known.set(address, names, ttl * 1000);
      return names;
    });
    pending.set(address, { work, since: time });
    return work;
  }

  /** Returns the cached verdict, or the running look-up. */
  function find(address: string, suffixes: readonly string[]): ReverseDnsVerdict | Promise<Names> {
    const ip = parseIpAddress(address);
    if (ip === undefined) return "unknown";
    const names = known.get(address);
    return names === undefined ? (lookUp(address, ip) ?? "unknown") : decide(names, suffixes);
  }

  return {
    peek(address, suffixes, background) {
      const found = find(address, suffixes);
      if (typeof found === "string") return found;
      background?.(found);
      return "pending";
    },
    async check(address, suffixes, timeout = deadline) {
      const found = find(address, suffixes);
      if (typeof found === "string") return found;
      const names = await within(timeout, found, () => undefined);
      return names === undefined ? "pending" : decide(names, suffixes);
    },
  };
}

function decide(names: Names, suffixes: readonly string[]): ReverseDnsVerdict {
  if (names === "failed") return "unknown";
  return names.some((name) => endsInOneOf(name, suffixes)) ? "confirmed" : "refuted";
}

// Whole labels only: "evilgooglebot.com" does not end in "googlebot.com".
function endsInOneOf(name: string, suffixes: readonly string[]): boolean {
  return suffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}

async function resolveNames(
  ip: IpAddress,
  resolver: DnsResolver,
  deadline: number,
  mayLookUp: (name: string) => boolean,
): Promise<{ readonly names: Names; readonly ttl: number }> {
  const failed = { names: "failed", ttl: TTL.failure } as const;
  const signal = AbortSignal.timeout(deadline);
  const reverse = await resolver.lookUp(reverseName(ip), "PTR", signal);
  if (reverse.kind === "unknown") return failed;
  const pointed = reverse.values.slice(0, MOST_NAMES).map(canonicalName);
  const forward = await Promise.all(
    pointed.map((name) =>
      mayLookUp(name)
        ? resolver.lookUp(name, ip.length === 1 ? "A" : "AAAA", signal)
        : Promise.resolve(NO_RECORDS),
    ),
  );
  // If a look-up fails, the result is unknown: that name might have been the right one.
  let { ttl } = reverse;
  const names: string[] = [];
  for (const [at, name] of pointed.entries()) {
    const answer = forward[at] ?? NO_RECORDS;
    if (answer.kind === "unknown") return failed;
    ttl = Math.min(ttl, answer.ttl);
    if (answer.values.some((value) => String(parseIpAddress(value)) === String(ip))) {
      names.push(name);
    }
  }
  return { names, ttl: Math.min(TTL.most, Math.max(TTL.least, ttl)) };
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
