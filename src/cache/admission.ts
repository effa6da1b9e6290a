import { BoundedCache } from "../memory/bounded-cache.ts";
import { Sightings } from "../timing/sightings.ts";

/** Seconds for which the cache remembers that the response to a key can't be shared. */
const PASSED_FOR = 30;

/** A key whose response can't be shared. */
interface Passing {
  /** Seconds since the epoch. */
  until: number;
  /** Requests that went to the origin server without being counted elsewhere. */
  seen: number;
}

/**
 * Counts requests, so that the cache stores only responses that are requested again, and requests
 * wait only for those.
 */
export class Admission {
  readonly #seen = new Sightings(50_000);
  readonly #passes = new BoundedCache<Passing>({ name: "counts", sizeOf: () => 32, max: 20_000 });

  /** Counts one more request; returns how many there were within the hour. */
  count(key: string): number {
    const passing = this.#passes.get(key);
    const passed = passing?.seen ?? 0;
    if (passing !== undefined) passing.seen = 0;
    return this.#seen.count(key, passed + 1);
  }

  /** The requests within the hour. */
  of(key: string): number {
    return this.#seen.of(key);
  }

  /** Remembers that requests for a key do not wait for each other. @param now in seconds */
  pass(key: string, now: number): void {
    const known = this.#passes.get(key);
    if (known === undefined) this.#passes.set(key, { until: now + PASSED_FOR, seen: 0 });
    else known.until = now + PASSED_FOR;
  }

  /** Counts one more request that bypasses the cache, if the last response could not be shared. */
  letPass(key: string, now: number): boolean {
    const known = this.#passes.get(key);
    if (known === undefined || known.until <= now) return false;
    known.seen++;
    return true;
  }

  /** Forgets that the last response to a key could not be shared. */
  share(key: string): void {
    this.#passes.delete(key);
  }

  /** Whether the last response could not be shared. */
  isPassed(key: string, now: number): boolean {
    return (this.#passes.peek(key)?.until ?? 0) > now;
  }
}
