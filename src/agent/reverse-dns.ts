import { BoundedCache } from "../memory/bounded-cache.ts";
import { resolveNames, type AddressNames } from "./address-names.ts";
import type { DnsResolver } from "./dns-resolver.ts";
import type { HostMask } from "./host-mask.ts";
import { parseIpAddress, type IpAddress } from "./ip-address.ts";
import { within } from "../timing/timeout.ts";

/**
 * `confirmed`: a name of the operator resolves to the address. `refuted`: none does. `pending`: the
 * look-up has not ended. `unknown`: DNS gave no response.
 */
export type ReverseDnsVerdict = "confirmed" | "refuted" | "pending" | "unknown";

export interface ReverseDnsOptions {
  readonly resolver: DnsResolver;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /**
   * Whether any operator has such a name; others are not looked up, since a client chooses the name
   * of its address, e.g. that of an inner host.
   */
  readonly isWanted: HostMask;
  /** Milliseconds for all look-ups of one address. @default 2000 */
  readonly deadline?: number;
}

export interface ReverseDns {
  /** Returns the cached verdict, or returns `pending` and looks up in the background. */
  peek(
    address: string,
    isOwn: HostMask,
    background?: (work: Promise<unknown>) => void,
  ): ReverseDnsVerdict;
  /** Returns the cached verdict, or looks up. @param timeout milliseconds @default the deadline */
  check(address: string, isOwn: HostMask, timeout?: number): Promise<ReverseDnsVerdict>;
}

const TTL = { least: 60, most: 86_400, failure: 60 };
/** Addresses that are cached, and that are looked up at once, at most. */
const MOST_CACHED = 4096;
const MOST_AT_ONCE = 64;

interface LookUp {
  /** Ends with the first confirmed name, or if there is none, with the last response. */
  readonly first: Promise<AddressNames>;
  readonly whole: Promise<void>;
  readonly since: number;
}

/** Forward-confirmed reverse DNS with a bounded cache. */
export function createReverseDns(options: ReverseDnsOptions): ReverseDns {
  const { resolver, now, isWanted, deadline = 2000 } = options;
  const known = new BoundedCache<AddressNames>({
    name: "agents",
    max: MOST_CACHED,
    sizeOf: ({ confirmed, failed }) => 2 * `${confirmed.join()}${String(failed)}`.length,
    clock: () => now() * 1000,
  });
  const pending = new Map<string, LookUp>();

  function lookUp(address: string, ip: IpAddress): LookUp | undefined {
    const time = now();
    for (const [other, { since }] of pending) {
      // On Workers the request that began a look-up may have ended, and its promise with it.
      if (time - since <= (3 * deadline) / 1000) break;
      pending.delete(other);
    }
    const running = pending.get(address);
    if (running !== undefined) return running;
    if (pending.size >= MOST_AT_ONCE) return undefined;
    const { promise: first, resolve } = Promise.withResolvers<AddressNames>();
    const signal = AbortSignal.timeout(deadline);
    const whole = resolveNames(ip, { resolver, isWanted, signal }, (names) => {
      known.set(address, names, Math.min(TTL.most, Math.max(TTL.least, ttlOf(names))) * 1000);
      resolve(names);
    }).then(() => void pending.delete(address));
    const started = { first, whole, since: time };
    pending.set(address, started);
    return started;
  }

  /** Returns the cached verdict, or the running look-up. */
  function find(address: string, isOwn: HostMask): ReverseDnsVerdict | LookUp {
    const ip = parseIpAddress(address);
    if (ip === undefined) return "unknown";
    const names = known.get(address);
    return names === undefined ? (lookUp(address, ip) ?? "unknown") : decide(names, isOwn);
  }

  return {
    peek(address, isOwn, background) {
      const found = find(address, isOwn);
      if (typeof found === "string") return found;
      background?.(found.whole);
      return "pending";
    },
    async check(address, isOwn, timeout = deadline) {
      const found = find(address, isOwn);
      if (typeof found === "string") return found;
      const names = await within(timeout, found.first, () => undefined);
      return names === undefined ? "pending" : decide(names, isOwn);
    },
  };
}

/** One confirmed name suffices; a name that failed counts only if it might be the operator's. */
function decide({ confirmed, failed }: AddressNames, isOwn: HostMask): ReverseDnsVerdict {
  if (confirmed.some(isOwn)) return "confirmed";
  return failed === "all" || failed.some(isOwn) ? "unknown" : "refuted";
}

/** A failure beside a confirmed name does not shorten the time for which that name counts. */
function ttlOf({ confirmed, failed, ttl }: AddressNames): number {
  return confirmed.length === 0 && failed.length > 0 ? TTL.failure : ttl;
}
