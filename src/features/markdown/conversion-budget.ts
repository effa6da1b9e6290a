import { networkOf } from "../../agent/network.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import { bucketsOf, type Bucket, type Rate } from "../../timing/bucket.ts";

/** CPU time of one network: 5 s at once, then five percent of a core, or ten pages a second. */
const OF_NETWORK: Rate = { burst: 5000, perSecond: 50 };

/** Milliseconds of CPU time for a byte of HTML, and for a tag or text (docs/benchmarks.md). */
const BYTE = 0.000_04;
const STEP = 0.000_25;
/** Milliseconds for a byte if the engine builds a tree, and so counts no tags. */
const BYTE_OF_TREE = 0.000_5;

/** Estimates the CPU time of a conversion in milliseconds; Workers have no clock for it. */
export function conversionCost(bytes: number, steps: number | undefined): number {
  return steps === undefined ? bytes * BYTE_OF_TREE : bytes * BYTE + steps * STEP;
}

/** Counts the cost of conversions for the clients of each network. */
export class ConversionBudget {
  readonly #bucketOf: (network: string) => Bucket;

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#bucketOf = bucketsOf(OF_NETWORK, now);
  }

  /** Whether a conversion may begin for a client. Our own requests count elsewhere. */
  has({ clientAddress }: Pick<Exchange, "clientAddress">): boolean {
    return clientAddress === undefined || this.#bucketOf(networkOf(clientAddress)).level > 0;
  }

  /** Counts the cost of a part of a conversion. */
  spend({ clientAddress }: Pick<Exchange, "clientAddress">, milliseconds: number): void {
    if (clientAddress !== undefined) this.#bucketOf(networkOf(clientAddress)).take(milliseconds);
  }
}
