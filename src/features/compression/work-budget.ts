import { LRUCache } from "lru-cache";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { NetworkOf } from "./client-name.ts";

/** Bounds the CPU time of work behind answers, for the site and for each network that causes it. */
export interface WorkBudget {
  /**
   * Takes the estimated time before the work begins; false, and nothing taken, if there is too little
   * left for the network or for the site. Work that is longer than all of a full budget is let through
   * once it is full, and the next waits until the debt is paid.
   *
   * @param milliseconds of CPU time
   */
  take(exchange: Exchange, milliseconds: number): boolean;
}

/** Milliseconds of CPU time at once, and for each second that passes. */
interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** 18 s an hour: half a percent of a core for one network, that of loopback included. */
export const OF_NETWORK: Rate = { burst: 2000, perSecond: 5 };
/** 180 s an hour: five percent of a core for one site in one process. */
export const OF_SITE: Rate = { burst: 30_000, perSecond: 50 };

/** Networks that are counted at a time; the site's budget bounds them all. */
const MOST_NETWORKS = 4096;

/** Milliseconds of CPU time for a byte, at the best quality (docs/benchmarks.md). */
const PER_BYTE = { br: 0.0015, dcb: 0.0015, zstd: 0.0007, dcz: 0.0007, gzip: 0.0001 } as const;

/**
 * What coding content at the best quality takes, in milliseconds of CPU time: an estimate.
 *
 * @param bytes of content and dictionary
 */
export function bestEffortCost(coding: keyof typeof PER_BYTE, bytes: number): number {
  return bytes * PER_BYTE[coding];
}

/** @param now seconds since the epoch */
export function workBudget(now: () => number, networkOf: NetworkOf): WorkBudget {
  const site = new Bucket(OF_SITE, now());
  const networks = new LRUCache<string, Bucket>({ max: MOST_NETWORKS });
  return {
    take({ clientAddress }, milliseconds) {
      const name = clientAddress === undefined ? "" : networkOf(clientAddress);
      const network = networks.get(name) ?? new Bucket(OF_NETWORK, now());
      networks.set(name, network);
      const buckets = [site, network];
      for (const bucket of buckets) bucket.fill(now());
      if (!buckets.every((bucket) => bucket.has(milliseconds))) return false;
      for (const bucket of buckets) bucket.take(milliseconds);
      return true;
    },
  };
}

/** Time that fills up while it is not used. */
class Bucket {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  fill(now: number): void {
    const { burst, perSecond } = this.#rate;
    // A clock that goes back fills nothing.
    this.#left = Math.min(burst, this.#left + Math.max(0, now - this.#at) * perSecond);
    this.#at = now;
  }

  has(milliseconds: number): boolean {
    return this.#left >= Math.min(milliseconds, this.#rate.burst);
  }

  take(milliseconds: number): void {
    this.#left -= milliseconds;
  }
}
