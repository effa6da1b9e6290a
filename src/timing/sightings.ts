import { BoundedCache } from "../memory/bounded-cache.ts";

/** Milliseconds for which a sighting counts. */
const COUNTED_FOR = 3_600_000;

/** Counts the requests for a key within an hour; work and writes begin at the second one. */
export class Sightings {
  /** Changed in place: to set a value again costs two more lookups. */
  readonly #seen: BoundedCache<{ count: number }>;

  /** @param most keys that are counted, at most */
  constructor(most = 20_000) {
    this.#seen = new BoundedCache({ name: "counts", max: most, ttl: COUNTED_FOR });
  }

  /** Adds one sighting, or several, and returns the count. */
  count(key: string, more = 1): number {
    const seen = this.#seen.get(key);
    if (seen !== undefined) return (seen.count += more);
    this.#seen.set(key, { count: more });
    return more;
  }

  of(key: string): number {
    return this.#seen.get(key)?.count ?? 0;
  }
}
