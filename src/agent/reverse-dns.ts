import { isNameableHost } from "../http/nameable-host.ts";
import type { DnsAnswer, DnsResolver } from "./dns-resolver.ts";
import { parseIpAddress, type IpAddress } from "./ip-address.ts";
import { within } from "../timing/timeout.ts";

/** `confirmed`: a name resolves to the address. `refuted`: no name does. `unknown`: DNS gave no response. */
export type ReverseDnsVerdict =
  | { readonly kind: "confirmed"; readonly name: string }
  | {
      readonly kind: "refuted";
      readonly reason: "no-name" | "other-suffix" | "not-forward-confirmed";
    }
  | {
      readonly kind: "unknown";
      readonly reason: "not-an-address" | "pending" | "dns-failure" | "busy";
    };

export interface ReverseDnsOptions {
  readonly resolver: DnsResolver;
  /** Seconds since the epoch. */
  now(): number;
  /**
   * Suffixes that the operator has configured: names below them are looked up even in an inner network.
   * @default none
   */
  readonly configured?: readonly string[];
  /** Milliseconds for all look-ups of one address. @default 2000 */
  readonly deadline?: number;
  /** Addresses that are cached, at most. @default 4096 */
  readonly remembered?: number;
  /** Addresses that are looked up at once, at most. @default 64 */
  readonly atOnce?: number;
}

export interface ReverseDns {
  /** Returns the cached verdict; if there is none, returns `pending` and looks up in the background. */
  peek(
    address: string,
    suffixes: readonly string[],
    background?: (work: Promise<unknown>) => void,
  ): ReverseDnsVerdict;
  /** Returns the cached verdict, or looks up and waits at most `timeout` milliseconds. @default the deadline */
  check(address: string, suffixes: readonly string[], timeout?: number): Promise<ReverseDnsVerdict>;
}

/** The names of an address, and those of them that resolve to it. */
type Names =
  | {
      readonly kind: "names";
      readonly pointed: readonly string[];
      readonly confirmed: readonly string[];
    }
  | { readonly kind: "failed" };

const TTL = { least: 60, most: 86_400, failure: 60 };
const MOST_NAMES = 4;
const NO_RECORDS: DnsAnswer = { kind: "records", values: [], ttl: TTL.most };

/** Forward-confirmed reverse DNS with a bounded cache. */
export function createReverseDns(options: ReverseDnsOptions): ReverseDns {
  const mostRemembered = options.remembered ?? 4096;
  const mostAtOnce = options.atOnce ?? 64;
  const known = new Map<string, { readonly names: Names; readonly until: number }>();
  const deadline = options.deadline ?? 2000;
  const configured = (options.configured ?? []).map((each) =>
    each.toLowerCase().replace(/^\./, ""),
  );
  // Clients choose the name of their address; it must not make the proxy look up an inner host.
  const mayLookUp = (name: string): boolean =>
    isNameableHost(name) || endsInOneOf(name, configured);
  const pending = new Map<string, { readonly work: Promise<Names>; readonly since: number }>();

  function lookUp(address: string, ip: IpAddress): Promise<Names> | undefined {
    const now = options.now();
    for (const [other, { since }] of pending) {
      // On Workers the request that began a look-up may have ended, and its promise with it.
      if (now - since <= (3 * deadline) / 1000) break;
      pending.delete(other);
    }
    const running = pending.get(address);
    if (running !== undefined) return running.work;
    if (pending.size >= mostAtOnce) return undefined;
    const work = resolveNames(address, ip, { ...options, deadline, mayLookUp }).then(
      ({ names, ttl }) => {
        pending.delete(address);
        known.set(address, { names, until: options.now() + ttl });
        const [oldest] = known.keys();
        if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest);
        return names;
      },
    );
    pending.set(address, { work, since: now });
    return work;
  }

  /** Returns the cached verdict, or the running look-up. */
  function find(
    address: string,
    suffixes: readonly string[],
  ): ReverseDnsVerdict | { readonly kind: "looking"; readonly work: Promise<Names> } {
    const ip = parseIpAddress(address);
    if (ip === undefined) return { kind: "unknown", reason: "not-an-address" };
    const names = recall(known, address, options.now());
    if (names !== undefined) return decide(names, suffixes);
    const work = lookUp(address, ip);
    return work === undefined ? { kind: "unknown", reason: "busy" } : { kind: "looking", work };
  }

  return {
    peek(address, suffixes, background) {
      const found = find(address, suffixes);
      if (found.kind !== "looking") return found;
      background?.(found.work);
      return PENDING;
    },
    async check(address, suffixes, timeout = deadline) {
      const found = find(address, suffixes);
      if (found.kind !== "looking") return found;
      const names = await within(timeout, found.work, () => undefined);
      return names === undefined ? PENDING : decide(names, suffixes);
    },
  };
}

function recall(
  known: Map<string, { readonly names: Names; readonly until: number }>,
  address: string,
  now: number,
): Names | undefined {
  const entry = known.get(address);
  if (entry === undefined) return undefined;
  known.delete(address);
  if (now >= entry.until) return undefined;
  // The first entry is the least recently used.
  known.set(address, entry);
  return entry.names;
}

const PENDING = { kind: "unknown", reason: "pending" } as const;

function decide(names: Names, suffixes: readonly string[]): ReverseDnsVerdict {
  if (names.kind === "failed") return { kind: "unknown", reason: "dns-failure" };
  const name = names.confirmed.find((candidate) => endsInOneOf(candidate, suffixes));
  if (name !== undefined) return { kind: "confirmed", name };
  if (names.pointed.length === 0) return { kind: "refuted", reason: "no-name" };
  const claimed = names.pointed.some((candidate) => endsInOneOf(candidate, suffixes));
  return { kind: "refuted", reason: claimed ? "not-forward-confirmed" : "other-suffix" };
}

// Whole labels only: "evilgooglebot.com" does not end in "googlebot.com".
function endsInOneOf(name: string, suffixes: readonly string[]): boolean {
  return suffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}

async function resolveNames(
  address: string,
  ip: IpAddress,
  by: {
    readonly resolver: DnsResolver;
    readonly deadline: number;
    mayLookUp(name: string): boolean;
  },
): Promise<{ readonly names: Names; readonly ttl: number }> {
  const { resolver, deadline } = by;
  const failed = { names: { kind: "failed" }, ttl: TTL.failure } as const;
  const signal = AbortSignal.timeout(deadline);
  const reverse = await resolver.lookUp(reverseName(ip), "PTR", signal);
  if (reverse.kind === "unknown") return failed;
  const pointed = reverse.values.slice(0, MOST_NAMES).map(canonicalName);
  const forward = await Promise.all(
    pointed.map((name) =>
      by.mayLookUp(name)
        ? resolver.lookUp(name, ip.length === 1 ? "A" : "AAAA", signal)
        : Promise.resolve(NO_RECORDS),
    ),
  );
  // If a look-up fails, the result is unknown: that name might have been the right one.
  let { ttl } = reverse;
  const confirmed: string[] = [];
  for (const [at, answer] of forward.entries()) {
    if (answer.kind === "unknown") return failed;
    ttl = Math.min(ttl, answer.ttl);
    const leadsBack = answer.values.some((value) => isSame(parseIpAddress(value), ip));
    if (leadsBack) confirmed.push(pointed[at] ?? address);
  }
  return {
    names: { kind: "names", pointed, confirmed },
    ttl: Math.min(TTL.most, Math.max(TTL.least, ttl)),
  };
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

function isSame(a: IpAddress | undefined, b: IpAddress): boolean {
  return a?.length === b.length && b.every((word, at) => word === a[at]);
}
