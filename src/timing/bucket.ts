import { BoundedCache } from "../memory/bounded-cache.ts";

/** Milliseconds of CPU time: at once, and added per second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket of CPU time. */
export class Bucket {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  /** @param now seconds since the epoch */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** Milliseconds left; negative after work that took more than the bucket had. */
  get level(): number {
    return this.#left;
  }

  fill(now: number): void {
    const { burst, perSecond } = this.#rate;
    // A clock that is set back adds nothing.
    this.#left = Math.min(burst, this.#left + Math.max(0, now - this.#at) * perSecond);
    this.#at = now;
  }

  /**
   * Whether work of this many milliseconds may begin. Work that is longer than the whole bucket may
   * begin if the bucket is full.
   *
   * @param reserve milliseconds that must be left
   */
  has(milliseconds: number, reserve = 0): boolean {
    return this.#left - reserve >= Math.min(milliseconds, this.#rate.burst - reserve);
  }

  take(milliseconds: number): void {
    this.#left -= milliseconds;
  }
}

/** The most networks that are counted at a time. */
const MOST_NETWORKS = 4096;

/** Creates a bucket for each network that is asked for. @param now seconds since the epoch */
export function bucketsOf(rate: Rate, now: () => number): (network: string) => Bucket {
  const buckets = new BoundedCache<Bucket>({ name: "counts", max: MOST_NETWORKS });
  return (network) => {
    const bucket = buckets.getOrMake(network, () => new Bucket(rate, now()));
    bucket.fill(now());
    return bucket;
  };
}
