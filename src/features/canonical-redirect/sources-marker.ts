import type { IndexStore } from "../../store/store.ts";

const KEY = "canonical-sources";

/**
 * Whether the store may have facts that redirect crawlers: without any, the requests of other
 * clients need no lookup.
 */
export class SourcesMarker {
  readonly #index: IndexStore;
  readonly #now: () => number;
  readonly #refreshAfter: number;
  /** Seconds since the epoch up to which the store may have such facts. */
  #until = Infinity;
  #readAt = -Infinity;

  /**
   * @param now seconds since the epoch
   * @param refreshAfter seconds after which the store is read again
   */
  constructor(index: IndexStore, now: () => number, refreshAfter = 1) {
    this.#index = index;
    this.#now = now;
    this.#refreshAfter = refreshAfter;
  }

  /** Notes that the store has such a fact until it expires. */
  note(expires: number): Promise<void> | undefined {
    const life = expires - this.#now();
    // Half of a lifetime more than needed, so that writes are rare.
    if (this.#until !== Infinity && this.#until >= expires) return undefined;
    this.#until = expires + life / 2;
    return this.#index.put(KEY, String(this.#until), life * 1.5).catch(() => {});
  }

  /** Whether there may be such facts. @param background lets the next read of the store continue */
  mayHave(background: (work: Promise<unknown>) => void): boolean {
    const passed = Math.abs(this.#now() - this.#readAt);
    if (passed >= this.#refreshAfter) {
      this.#readAt = this.#now();
      background(this.#read());
    }
    return this.#until > this.#now();
  }

  async #read(): Promise<void> {
    try {
      const until = Number((await this.#index.get(KEY)) ?? 0);
      if (Number.isNaN(until)) return;
      // A note of this process may still be on its way to the store.
      if (this.#until === Infinity || until > this.#until) this.#until = until;
    } catch {
      // The next read tries again.
    }
  }
}
