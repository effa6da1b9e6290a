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

/** Bounds what one network, and all together, write to the store in an hour. */
export class WriteBudget {
  readonly #now: () => number;
  readonly #process: Allowance;
  readonly #networks = new BoundedCache<Allowance>({
    name: "counts",
    sizeOf: () => 400,
    max: MOST_NETWORKS,
  });

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#process = allowanceOf(OF_PROCESS, now);
  }

  /**
   * Counts one entry with its content. False if the network or the process has used up its hour:
   * the entry is then stored in memory only.
   *
   * @param network of the client; undefined if unknown: such clients share one budget
   */
  take(network: string | undefined, bytes: number): boolean {
    const make = () => allowanceOf(OF_NETWORK, this.#now);
    const own = this.#networks.getOrMake(network ?? "", make);
    return own(bytes) && this.#process(bytes);
  }
}

/** Uses up the bytes of an entry, and one entry. */
function allowanceOf({ entries, bytes }: WriteRate, now: () => number): Allowance {
  const [ofEntries, ofBytes] = [allowancePerHour(entries, now), allowancePerHour(bytes, now)];
  return (amount) => ofBytes(amount) && ofEntries(1);
}
