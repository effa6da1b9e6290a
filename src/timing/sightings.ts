import { BoundedCache } from "../memory/bounded-cache.ts";

/** Milliseconds for which a sighting counts. */
const COUNTED_FOR = 3_600_000;

/** Counts the requests for a key within an hour; work and writes begin at the second one. */
export class Sightings {
  readonly #seen: BoundedCache<number>;

  /** @param most keys that are counted, at most */
  constructor(most = 20_000) {
    this.#seen = new BoundedCache({ name: "counts", max: most, ttl: COUNTED_FOR });
  }

  /** Adds one sighting, or several, and returns the count. */
  count(key: string, more = 1): number {
    const seen = (this.#seen.get(key) ?? 0) + more;
    this.#seen.set(key, seen, this.#seen.remaining(key) || COUNTED_FOR);
    return seen;
  }

  of(key: string): number {
    return this.#seen.get(key) ?? 0;
  }
}
