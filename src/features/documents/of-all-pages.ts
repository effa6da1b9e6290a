import { BoundedCache } from "../../memory/bounded-cache.ts";
import { pause } from "../../timing/timeout.ts";

/** Hosts and options for which the latest is in memory, at most. */
const MOST = 8;
/** Milliseconds after which making counts as abandoned. */
const LOST_AFTER = 30_000;
/** Milliseconds for each page between two of them for new hosts: ten times the time for making one. */
const REST = 0.1;
/** Milliseconds between two checks for the result of another request. */
const LOOK_AGAIN = 20;

/** The latest texts that are made of all pages of a site, by host and options: one is made at a time. */
export class OfAllPages<Made extends { readonly at: number }> {
  readonly #made: BoundedCache<Made>;
  /** Milliseconds since the epoch after which making counts as abandoned. */
  #until = 0;
  /** Milliseconds since the epoch before which none is made for another host. */
  #restsUntil = 0;

  constructor(sizeOf: (made: Made) => number) {
    this.#made = new BoundedCache<Made>({ name: "documents", max: MOST, sizeOf });
  }

  clear(): void {
    this.#made.clear();
  }

  get #isBusy(): boolean {
    return Date.now() < this.#until;
  }

  /**
   * The latest, or a new one if it is old; undefined if it can't be made now.
   *
   * @param pages the number of the site's pages, to which the work is proportional
   */
  async find(
    key: string,
    pages: number,
    make: (at: number) => Promise<Made>,
  ): Promise<Made | undefined> {
    const last = this.#made.get(key);
    // For a large site it takes time: it is made at most once in a millisecond for each page.
    if (last !== undefined && (this.#isBusy || Date.now() - last.at < pages)) return last;
    // It polls: on Workers one request must not wait for another.
    while (this.#isBusy) {
      await pause(LOOK_AGAIN);
      const made = this.#made.get(key);
      if (made !== undefined) return made;
    }
    // Each host has one of its own, and clients can invent hosts without end.
    if (last === undefined && Date.now() < this.#restsUntil) return undefined;
    this.#until = Date.now() + LOST_AFTER;
    try {
      const made = await make(Date.now());
      this.#made.set(key, made);
      return made;
    } finally {
      this.#until = 0;
      this.#restsUntil = Date.now() + REST * pages;
    }
  }
}
