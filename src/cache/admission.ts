import { LRUCache } from "lru-cache";
import { Sightings } from "../timing/sightings.ts";

/** Milliseconds for which it is remembered that the response to a key can't be shared. */
const PASSED_FOR = 30_000;

/** Counts requests, so that only what is asked for again is stored, and only that is waited for. */
export class Admission {
  readonly #seen = new Sightings(50_000);
  readonly #passes = new LRUCache<string, true>({ max: 20_000, ttl: PASSED_FOR });

  /** Counts one more request; gives how many there were within the hour. */
  count(key: string): number {
    return this.#seen.count(key);
  }

  /** Remembers that requests for a key are not to wait for each other. */
  pass(key: string): void {
    this.#passes.set(key, true);
  }

  /** Remembers that the response can be shared after all. */
  share(key: string): void {
    this.#passes.delete(key);
  }

  /** Whether the last response could not be shared. */
  isPassed(key: string): boolean {
    return this.#passes.has(key);
  }
}
