import { networkOf } from "../../agent/network.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { Bucket, type Rate } from "../../timing/bucket.ts";

/** 10 s at once, then five percent of a core: ten common pages a second, or one that has the worst MB of tags. */
export const OF_NETWORK: Rate = { burst: 10_000, perSecond: 50 };

/** Networks that are counted at a time. */
const MOST_NETWORKS = 4096;

/** Milliseconds of CPU time for a byte of HTML, and for each tag and text (docs/benchmarks.md). */
const BYTE = 0.000_04;
const STEP = 0.000_25;
/** The same for a byte, if the engine counts no steps because it makes a tree first. */
const BYTE_OF_TREE = 0.000_5;

/** An estimate, since Workers have no clock for it, in milliseconds of CPU time. */
export function conversionCost(bytes: number, steps: number | undefined): number {
  return steps === undefined ? bytes * BYTE_OF_TREE : bytes * BYTE + steps * STEP;
}

/** Counts what conversions cost that the clients of one network cause. */
export class ConversionBudget {
  readonly #now: () => number;
  readonly #networks = new BoundedCache<Bucket>({ name: "counts", max: MOST_NETWORKS });

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether a conversion may begin for a client. Our own requests are counted by the feature that makes them. */
  has({ clientAddress }: Pick<Exchange, "clientAddress">): boolean {
    const bucket = clientAddress === undefined ? undefined : this.#bucketOf(clientAddress);
    return bucket === undefined || bucket.level > 0;
  }

  /** Counts a piece of a conversion that was done. */
  spend({ clientAddress }: Pick<Exchange, "clientAddress">, milliseconds: number): void {
    if (clientAddress !== undefined) this.#bucketOf(clientAddress).take(milliseconds);
  }

  #bucketOf(address: string): Bucket {
    const network = networkOf(address);
    const bucket = this.#networks.get(network) ?? new Bucket(OF_NETWORK, this.#now());
    this.#networks.set(network, bucket);
    bucket.fill(this.#now());
    return bucket;
  }
}
