import type { IndexStore } from "../store/store.ts";
import type { OperatorRanges } from "./operator-ranges.ts";

interface Copy {
  readonly fetchedAt: number;
  readonly text: string;
}

/** Fetched lists in a store, which outlive a process and which isolates share. */
export interface StoredRanges {
  /** Queues a list for `save`. */
  note(url: string, text: string, fetchedAt: number): void;
  save(): Promise<void>;
  /** Uses stored copies that are newer than the lists in use. */
  restore(ranges: OperatorRanges): Promise<void>;
}

// All lists have one key: one read for a new isolate, and less than KV's one write a second.
const KEY = "agents/ip-ranges";
/** Seconds for which a list is stored after its last fetch. */
const STORED_FOR = 30 * 86_400;

export function createStoredRanges(store: IndexStore): StoredRanges {
  const noted = new Map<string, Copy>();
  return {
    note: (url, text, fetchedAt) => void noted.set(url, { text, fetchedAt }),
    async save() {
      if (noted.size === 0) return;
      const stored = new Map([...(await read(store)), ...noted]);
      await store.put(KEY, JSON.stringify(Object.fromEntries(stored)), STORED_FOR);
      noted.clear();
    },
    async restore(ranges) {
      for (const [url, { text, fetchedAt }] of await read(store)) ranges.load(url, text, fetchedAt);
    },
  };
}

/** A record that can't be read counts as empty, and is overwritten. */
async function read(store: IndexStore): Promise<ReadonlyMap<string, Copy>> {
  const text = await store.get(KEY);
  if (text === undefined) return new Map();
  try {
    const stored = Object.entries(JSON.parse(text) as Readonly<Record<string, Copy>>);
    return new Map(
      stored.filter(([, copy]) => typeof copy.text === "string" && copy.fetchedAt > 0),
    );
  } catch {
    return new Map();
  }
}
