import { BoundedCache } from "../memory/bounded-cache.ts";
import { allowancePerHour, type Allowance } from "../timing/allowance.ts";

/** The most that the cache writes to the store in an hour. */
interface WriteRate {
  /** Heads that are new, changed or confirmed. */
  readonly entries: number;
  /** Bytes of content. */
  readonly bytes: number;
}

/** For the requests of one network: a /24 of IPv4, a /64 of IPv6. */
export const OF_NETWORK: WriteRate = { entries: 2000, bytes: 128 * 1024 * 1024 };
/** For all requests to one process. */
export const OF_PROCESS: WriteRate = { entries: 10_000, bytes: 512 * 1024 * 1024 };

/** The most networks that are counted at a time; the budget of the process bounds them all. */
const MOST_NETWORKS = 4096;

/**
 * Bounds what one network, and all together, write to the store in an hour. The function counts one
 * entry with its content; false if the network or the process has used up its hour: the entry is
 * then stored in memory only. Clients of unknown network (undefined) share one budget.
 *
 * @param now seconds since the epoch
 */
export function createWriteBudget(now: () => number) {
  const ofProcess = allowanceOf(OF_PROCESS, now);
  const networks = new BoundedCache<Allowance>({
    name: "counts",
    sizeOf: () => 400,
    max: MOST_NETWORKS,
  });
  return (network: string | undefined, bytes: number): boolean => {
    const own = networks.getOrMake(network ?? "", () => allowanceOf(OF_NETWORK, now));
    return own(bytes) && ofProcess(bytes);
  };
}

/** Uses up the bytes of an entry, and one entry. */
function allowanceOf({ entries, bytes }: WriteRate, now: () => number): Allowance {
  const [ofEntries, ofBytes] = [allowancePerHour(entries, now), allowancePerHour(bytes, now)];
  return (amount) => ofBytes(amount) && ofEntries(1);
}
