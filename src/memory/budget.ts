/** What one cache holds, in bytes: what was seen once, and what was seen again. */
export interface SegmentBytes {
  once: number;
  again: number;
}

/** A cache as its budget sees it. */
export interface Evictable {
  readonly name: string;
  readonly tally: SegmentBytes;
  /** When the entry that would go first was used last; Infinity if there is none. */
  oldest(segment: keyof SegmentBytes): number;
  /** Removes the entry that goes first. */
  evict(segment: keyof SegmentBytes): void;
  /** Counts the entry of `again` that was used longest ago as seen once. */
  demote(): void;
}

/** Of the whole, what entries that were seen again may take: the rest is for what is new. */
export const PROTECTED = 0.8;

/**
 * The memory that all caches of a process may take together. Beyond it, what was seen once goes first,
 * the longest unused before the others, of whichever cache; what was seen again goes after that.
 */
export class MemoryBudget {
  #limit: number;
  #tick = 0;
  #used = 0;
  #again = 0;
  readonly #caches = new Set<WeakRef<Evictable>>();
  /** Caches go with the rules that they belong to. */
  readonly #gone = new FinalizationRegistry<{
    readonly ref: WeakRef<Evictable>;
    readonly tally: SegmentBytes;
  }>(({ ref, tally }) => {
    this.#caches.delete(ref);
    this.#used -= tally.once + tally.again;
    this.#again -= tally.again;
  });

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes. */
  get limit(): number {
    return this.#limit;
  }

  /** Bytes in use. */
  get used(): number {
    return this.#used;
  }

  /** Sets the limit, in bytes; what is over it goes with the next entry. */
  resize(limit: number): void {
    this.#limit = limit;
  }

  /** A moment, later than all before. */
  tick(): number {
    return ++this.#tick;
  }

  join(cache: Evictable): void {
    const ref = new WeakRef(cache);
    this.#caches.add(ref);
    this.#gone.register(cache, { ref, tally: cache.tally });
  }

  /** Counts bytes that a cache has more, or with a negative number less. */
  count(cache: Evictable, segment: keyof SegmentBytes, bytes: number): void {
    cache.tally[segment] += bytes;
    this.#used += bytes;
    if (segment === "again") this.#again += bytes;
  }

  /** Makes all caches fit again. */
  fit(): void {
    while (this.#again > this.#limit * PROTECTED) {
      const cache = this.#oldest("again");
      if (cache === undefined) break;
      cache.demote();
    }
    while (this.#used > this.#limit) {
      const once = this.#oldest("once");
      const cache = once ?? this.#oldest("again");
      if (cache === undefined) return;
      cache.evict(once === undefined ? "again" : "once");
    }
  }

  /** Bytes in use by the caches of each name, the largest first. */
  describe(): Record<string, number> {
    const sums = new Map<string, number>();
    for (const ref of this.#caches) {
      const cache = ref.deref();
      if (cache === undefined) continue;
      const { once, again } = cache.tally;
      sums.set(cache.name, (sums.get(cache.name) ?? 0) + once + again);
    }
    return Object.fromEntries([...sums].toSorted(([, a], [, b]) => b - a));
  }

  /** The cache whose oldest entry is the oldest of all. */
  #oldest(segment: keyof SegmentBytes): Evictable | undefined {
    let found: Evictable | undefined;
    let least = Infinity;
    for (const ref of this.#caches) {
      const cache = ref.deref();
      if (cache === undefined || cache.tally[segment] === 0) continue;
      const at = cache.oldest(segment);
      if (at < least) [found, least] = [cache, at];
    }
    return found;
  }
}

/** Bytes for all caches of a process, unless its runtime says otherwise: a Workers isolate has 128 MB. */
const STANDARD = 40 * 1024 * 1024;

/** The budget of this process: memory is the one thing that all sites of a process share. */
export const processMemory = new MemoryBudget(STANDARD);
