import { BoundedCache } from "../memory/bounded-cache.ts";

/** Milliseconds within which sightings are counted. */
const COUNTED_FOR = 3_600_000;

/**
 * Counts how often a thing was requested within an hour: work and writes begin at the second time.
 */
export class Sightings {
  readonly #seen: BoundedCache<number>;

  /** @param most things that are counted at a time */
  constructor(most = 20_000) {
    this.#seen = new BoundedCache({ name: "counts", max: most, ttl: COUNTED_FOR });
  }

  /** Counts one more, or several; gives how many there were within the hour. */
  count(key: string, more = 1): number {
    const seen = (this.#seen.get(key) ?? 0) + more;
    this.#seen.set(key, seen, this.#seen.remaining(key) || COUNTED_FOR);
    return seen;
  }

  /** How many there were within the hour. */
  of(key: string): number {
    return this.#seen.get(key) ?? 0;
  }
}
