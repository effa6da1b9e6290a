import { countingRates, decideAddition, type Counter, type RateCounters } from "./rate-counters.ts";
import type { RateStore } from "./rates.ts";

/** Options of rates in memory. */
export interface MemoryRatesOptions {
  /** Counters, at most; each takes about 250 bytes. @default 32768, so 8 MB */
  readonly most?: number;
  /** Seconds since any fixed time, on a clock that never jumps. @default performance.now */
  readonly clock?: () => number;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
  /** Called if a counter is evicted before its window ends, once a minute at most. */
  readonly onFull?: (() => void) | undefined;
}

/**
 * Creates rates in the memory of one process; every operation is synchronous. If there are more
 * clients than counters, the counter with the smallest share of its limit among sixteen is evicted,
 * and its client begins again: a client that uses its quota is not evicted by a flood of new ones.
 */
export function memoryRates(options: MemoryRatesOptions = {}): RateStore {
  const clock = options.clock ?? (() => performance.now() / 1000);
  const counters = new CounterTable({ ...options, clock });
  return { ...countingRates(counters), ...memorySlots(clock) };
}

const MOST = 32_768;
/** Counters of which one is evicted. */
const SAMPLE = 16;
/** Seconds between two calls of `onFull`. */
const NOTICE_INTERVAL = 60;

interface Entry extends Counter {
  key: string;
  used: number;
  ends: number;
  limit: number;
}

class CounterTable implements RateCounters {
  readonly #options: MemoryRatesOptions & { readonly clock: () => number };
  readonly #most: number;
  readonly #random: () => number;
  readonly #byKey = new Map<string, Entry>();
  /** The same entries, for random access. */
  readonly #all: Entry[] = [];
  #noticedAt = -Infinity;

  constructor(options: MemoryRatesOptions & { readonly clock: () => number }) {
    this.#options = options;
    this.#most = options.most ?? MOST;
    this.#random = options.random ?? Math.random;
  }

  add(addition: Parameters<RateCounters["add"]>[0]) {
    const now = this.#options.clock();
    const { key } = addition;
    const entry = this.#byKey.get(key);
    const { added, next } = decideAddition(entry, addition, now);
    if (next === undefined) return added;
    const { limit } = addition;
    if (entry === undefined) this.#insert({ key, ...next, limit }, now);
    else {
      entry.used = next.used;
      entry.ends = next.ends;
      entry.limit = limit;
    }
    return added;
  }

  #insert(entry: Entry, now: number): void {
    const { key } = entry;
    if (this.#all.length < this.#most) {
      this.#all.push(entry);
      this.#byKey.set(key, entry);
      return;
    }
    const at = this.#leastUsed(now);
    const victim = this.#all[at];
    if (victim !== undefined) this.#byKey.delete(victim.key);
    this.#all[at] = entry;
    this.#byKey.set(key, entry);
  }

  /** The index of an expired entry, or of the one with the smallest share of its limit. */
  #leastUsed(now: number): number {
    let least = 0;
    let leastShare = Infinity;
    for (let i = 0; i < SAMPLE; i++) {
      const at = Math.floor(this.#random() * this.#all.length);
      const entry = this.#all[at];
      if (entry === undefined) continue;
      if (entry.ends <= now) return at;
      const share = entry.used / entry.limit;
      if (share < leastShare) {
        least = at;
        leastShare = share;
      }
    }
    if (now - this.#noticedAt >= NOTICE_INTERVAL) {
      this.#noticedAt = now;
      this.#options.onFull?.();
    }
    return least;
  }
}

/** Slots in memory; each belongs to a request in progress, which bounds them. */
function memorySlots(clock: () => number): Pick<RateStore, "enter" | "leave"> {
  const keys = new Map<string, Map<string, number>>();
  return {
    enter(key, slot, limit, lease) {
      const now = clock();
      const slots = keys.get(key) ?? new Map<string, number>();
      for (const [each, until] of slots) if (until <= now) slots.delete(each);
      const isTaken = slots.has(slot) || slots.size < limit;
      if (isTaken) slots.set(slot, now + lease);
      if (slots.size > 0) keys.set(key, slots);
      return { isTaken, used: slots.size };
    },
    leave(key, slot) {
      const slots = keys.get(key);
      slots?.delete(slot);
      if (slots?.size === 0) keys.delete(key);
    },
  };
}
