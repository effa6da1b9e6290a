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

/** Bounds what the requests of one network, and all requests together, write to the store in an hour. */
export class WriteBudget {
  readonly #now: () => number;
  readonly #process: Counted;
  readonly #networks = new BoundedCache<Counted>({
    name: "counts",
    sizeOf: () => 400,
    max: MOST_NETWORKS,
  });

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#process = new Counted(OF_PROCESS, now);
  }

  /**
   * Counts one entry with its content. False if the network or the process has used up its hour: the entry is then stored in memory
   * only.
   *
   * @param network of the client; undefined if unknown: such clients share one budget
   */
  take(network: string | undefined, bytes: number): boolean {
    const own = this.#networks.getOrMake(network ?? "", () => new Counted(OF_NETWORK, this.#now));
    return own.take(bytes) && this.#process.take(bytes);
  }
}

/** Entries and bytes of one hour. */
class Counted {
  readonly #entries: Allowance;
  readonly #bytes: Allowance;

  constructor({ entries, bytes }: WriteRate, now: () => number) {
    this.#entries = allowancePerHour(entries, now);
    this.#bytes = allowancePerHour(bytes, now);
  }

  take(bytes: number): boolean {
    return this.#bytes(bytes) && this.#entries(1);
  }
}
