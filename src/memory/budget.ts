/** Bytes of one cache: of entries that were used once, and of entries that were used again. */
export interface SegmentBytes {
  once: number;
  again: number;
}

/** The part of a cache that the budget uses. */
export interface Evictable {
  readonly name: string;
  readonly tally: SegmentBytes;
  /** The tick of the last use of the entry that is evicted next; Infinity if there is none. */
  oldest(segment: keyof SegmentBytes): number;
  /** Evicts the least recently used entry of a segment. */
  evict(segment: keyof SegmentBytes): void;
  /** Moves the least recently used entry of `again` to `once`. */
  demote(): void;
}

/** The share of the budget for entries that were used again; the rest is for new entries. */
export const PROTECTED = 0.8;

/**
 * The memory of all caches of a process together. Beyond its limit, it evicts entries that were used once
 * before those used again, and of each kind the least recently used, in any cache.
 */
export class MemoryBudget {
  #limit: number;
  #tick = 0;
  #used = 0;
  #again = 0;
  readonly #caches = new Set<WeakRef<Evictable>>();
  /** Subtracts the bytes of a garbage-collected cache, e.g. of previous rules. */
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

  get used(): number {
    return this.#used;
  }

  /** Sets the limit, in bytes; takes effect at the next entry. */
  resize(limit: number): void {
    this.#limit = limit;
  }

  /** Returns a number larger than all before. */
  tick(): number {
    return ++this.#tick;
  }

  join(cache: Evictable): void {
    const ref = new WeakRef(cache);
    this.#caches.add(ref);
    this.#gone.register(cache, { ref, tally: cache.tally });
  }

  /** Adds bytes of a cache, or subtracts them if the number is negative. */
  count(cache: Evictable, segment: keyof SegmentBytes, bytes: number): void {
    cache.tally[segment] += bytes;
    this.#used += bytes;
    if (segment === "again") this.#again += bytes;
  }

  /** Evicts entries until all caches fit into the limit. */
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

  /** The cache with the oldest entry. */
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

/** Bytes for all caches of a process, unless its runtime sets a limit; for Workers, which have 128 MB. */
const STANDARD = 40 * 1024 * 1024;

/** The budget of this process, which all its sites share. */
export const processMemory = new MemoryBudget(STANDARD);
