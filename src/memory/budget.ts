/** Bytes of one cache: of entries that were used once, and of entries that were used again. */
export interface SegmentBytes {
  once: number;
  again: number;
}

/** The part of a cache that the budget uses. */
export interface Evictable {
  readonly name: string;
  readonly tally: SegmentBytes;
  /** The entries of a segment, the least recently used first, while entries are evicted. */
  oldest(segment: keyof SegmentBytes): Iterator<EvictableEntry>;
  evict(entry: EvictableEntry): void;
  /** Moves an entry of `again` to `once`. */
  demote(entry: EvictableEntry): void;
}

/** An entry of a cache. */
export interface EvictableEntry {
  /** The budget's tick of the last use. */
  readonly at: number;
}

/** The share of the budget for entries that were used again; the rest is for new entries. */
export const PROTECTED = 0.8;

/** Entries that are evicted at once, at most, unless memory exceeds the limit by this factor. */
const MOST_AT_ONCE = 4000;
const EXCESS = 1.125;

/**
 * The memory of all caches of a process. Beyond its limit, it evicts entries that were used once
 * before those used again, and of each kind the least recently used, in any cache.
 */
export class MemoryBudget {
  #limit: number;
  #tick = 0;
  #used = 0;
  #again = 0;
  /** Whether entries are to be evicted in a later turn. */
  #isLate = false;
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

  /**
   * Evicts entries until all caches fit into the limit. A large value takes the room of tens of
   * thousands: those that take too long are evicted in later turns of the event loop.
   */
  fit(): void {
    let left = this.#used > this.#limit * EXCESS ? Infinity : MOST_AT_ONCE;
    const isFull = (): boolean => this.#used > this.#limit && left-- > 0;
    const isUnfair = (): boolean => this.#again > this.#limit * PROTECTED && left-- > 0;
    this.#each("again", isUnfair, (cache, entry) => cache.demote(entry));
    this.#each("once", isFull, (cache, entry) => cache.evict(entry));
    this.#each("again", isFull, (cache, entry) => cache.evict(entry));
    if (left >= 0 || this.#isLate) return;
    this.#isLate = true;
    setTimeout(() => {
      this.#isLate = false;
      this.fit();
    }, 0);
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

  /** Calls `act` for the oldest entries of all caches; a large value takes the room of many. */
  #each(
    segment: keyof SegmentBytes,
    isTooMuch: () => boolean,
    act: (cache: Evictable, entry: EvictableEntry) => void,
  ): void {
    if (!isTooMuch()) return;
    const heads: { cache: Evictable; entries: Iterator<EvictableEntry>; entry: EvictableEntry }[] =
      [];
    for (const ref of this.#caches) {
      const cache = ref.deref();
      if (cache === undefined || cache.tally[segment] === 0) continue;
      const entries = cache.oldest(segment);
      const { done, value } = entries.next();
      if (done !== true) heads.push({ cache, entries, entry: value });
    }
    while (isTooMuch()) {
      let [head] = heads;
      for (const each of heads) if (each.entry.at < (head?.entry.at ?? 0)) head = each;
      if (head === undefined) return;
      act(head.cache, head.entry);
      const { done, value } = head.entries.next();
      if (done === true) heads.splice(heads.indexOf(head), 1);
      else head.entry = value;
    }
  }
}

/** Bytes for all caches of a process without a limit of its runtime: a Worker has 128 MB. */
const STANDARD = 40 * 1024 * 1024;

/** The budget of this process, which all its sites share. */
export const processMemory = new MemoryBudget(STANDARD);
