import {
  processMemory,
  PROTECTED,
  type MemoryBudget,
  type Evictable,
  type SegmentBytes,
} from "./budget.ts";

/** Options of a `BoundedCache`. */
interface BoundedCacheOptions<Value> {
  /** The kind of its values, for reports. */
  readonly name: string;
  /** Bytes of a value, without its key and 160 bytes for the entry. @default 0 */
  readonly sizeOf?: ((value: Value) => number) | undefined;
  /** Entries, at most. @default only memory bounds them */
  readonly max?: number | undefined;
  /** Milliseconds to live. @default entries do not expire */
  readonly ttl?: number | undefined;
  /** @default that of the process */
  readonly budget?: MemoryBudget | undefined;
  /** Milliseconds since any fixed time. @default performance.now */
  readonly clock?: (() => number) | undefined;
}

interface Entry<Value> {
  readonly key: string;
  value: Value;
  bytes: number;
  /** The clock's time at which the entry expires. */
  until: number;
  segment: keyof SegmentBytes;
  /** The budget's tick of the last use. */
  at: number;
}

/** Bytes of an entry besides key and value. */
const OVERHEAD = 160;

/** Ticks within which several uses count as one, so that the entry does not move for each. */
const CLOSE = 32;

/**
 * A cache within the memory budget of its process. Entries used again (read, or set twice) are
 * evicted after entries used once; beyond their share of the budget they count as used once.
 */
export class BoundedCache<Value> implements Evictable {
  readonly name: string;
  readonly tally: SegmentBytes = { once: 0, again: 0 };
  readonly #once = new Map<string, Entry<Value>>();
  readonly #again = new Map<string, Entry<Value>>();
  readonly #sizeOf: (value: Value) => number;
  readonly #max: number;
  readonly #ttl: number;
  readonly #budget: MemoryBudget;
  readonly #clock: () => number;
  /** The last entry of those used again. */
  #latest: Entry<Value> | undefined;

  constructor(options: BoundedCacheOptions<Value>) {
    this.name = options.name;
    this.#sizeOf = options.sizeOf ?? (() => 0);
    this.#max = options.max ?? Infinity;
    this.#ttl = options.ttl ?? Infinity;
    this.#budget = options.budget ?? processMemory;
    this.#clock = options.clock ?? (() => performance.now());
    this.#budget.join(this);
  }

  get size(): number {
    return this.#once.size + this.#again.size;
  }

  /** The value of a key; counts as a use. */
  get(key: string): Value | undefined {
    const entry = this.#find(key);
    if (entry !== undefined) this.#use(entry);
    return entry?.value;
  }

  /** The value of a key, which is made and stored if there is none; counts as a use. */
  getOrMake(key: string, make: () => Value): Value {
    const known = this.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.set(key, made);
    return made;
  }

  /** The value of a key; does not count as a use. */
  peek(key: string): Value | undefined {
    return this.#find(key)?.value;
  }

  has(key: string): boolean {
    return this.#find(key) !== undefined;
  }

  /**
   * Stores a value, unless it is larger than half of the budget.
   *
   * @param ttl milliseconds
   */
  set(key: string, value: Value, ttl = this.#ttl): void {
    const bytes = OVERHEAD + 2 * key.length + this.#sizeOf(value);
    const before = this.#find(key);
    if (bytes > this.#budget.limit / 2) {
      this.delete(key);
      return;
    }
    const until = ttl === Infinity ? Infinity : this.#clock() + ttl;
    if (before === undefined) {
      const at = this.#budget.tick();
      this.#once.set(key, { key, value, bytes, until, segment: "once", at });
      this.#budget.count(this, "once", bytes);
    } else {
      this.#budget.count(this, before.segment, bytes - before.bytes);
      Object.assign(before, { value, bytes, until });
      this.#use(before);
    }
    this.#fit();
  }

  delete(key: string): boolean {
    const entry = this.#once.get(key) ?? this.#again.get(key);
    if (entry === undefined) return false;
    this.#remove(entry);
    return true;
  }

  clear(): void {
    for (const entry of [...this.#once.values(), ...this.#again.values()]) this.#remove(entry);
  }

  /** Milliseconds until an entry expires; 0 if there is none. */
  remaining(key: string): number {
    const entry = this.#find(key);
    return entry === undefined ? 0 : entry.until - this.#clock();
  }

  oldest(segment: keyof SegmentBytes): Iterator<Entry<Value>> {
    return this.#mapOf(segment).values();
  }

  evict(entry: Entry<Value>): void {
    this.#remove(entry);
  }

  demote(entry: Entry<Value>): void {
    this.#move(entry, "once");
  }

  #find(key: string): Entry<Value> | undefined {
    const entry = this.#again.get(key) ?? this.#once.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > (entry.until === Infinity ? 0 : this.#clock())) return entry;
    this.#remove(entry);
    return undefined;
  }

  #use(entry: Entry<Value>): void {
    const at = this.#budget.tick();
    if (entry.segment === "again" && at - entry.at < CLOSE) return;
    entry.at = at;
    // It need not move: a map of few entries would be built anew.
    if (entry === this.#latest) return;
    this.#move(entry, "again");
    for (const oldest of this.#again.values()) {
      if (this.#again.size <= Math.max(1, this.#max * PROTECTED)) return;
      this.demote(oldest);
    }
  }

  /** Moves an entry to the end of a segment. */
  #move(entry: Entry<Value>, segment: keyof SegmentBytes): void {
    if (segment === "again") this.#latest = entry;
    else if (entry === this.#latest) this.#latest = undefined;
    this.#mapOf(entry.segment).delete(entry.key);
    this.#mapOf(segment).set(entry.key, entry);
    if (entry.segment === segment) return;
    this.#budget.count(this, entry.segment, -entry.bytes);
    entry.segment = segment;
    this.#budget.count(this, segment, entry.bytes);
  }

  #remove(entry: Entry<Value>): void {
    if (entry === this.#latest) this.#latest = undefined;
    this.#mapOf(entry.segment).delete(entry.key);
    this.#budget.count(this, entry.segment, -entry.bytes);
  }

  #fit(): void {
    for (const map of [this.#once, this.#again]) {
      for (const oldest of map.values()) {
        if (this.size <= this.#max) break;
        this.#remove(oldest);
      }
    }
    this.#budget.fit();
  }

  #mapOf(segment: keyof SegmentBytes): Map<string, Entry<Value>> {
    return segment === "once" ? this.#once : this.#again;
  }
}
