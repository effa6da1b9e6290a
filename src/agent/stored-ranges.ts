import { parseJson } from "../http/json.ts";
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
      await store.put(KEY, write(new Map([...(await read(store)), ...noted])), STORED_FOR);
      noted.clear();
    },
    async restore(ranges) {
      for (const [url, { text, fetchedAt }] of await read(store)) {
        await ranges.load(url, text, fetchedAt);
      }
    },
  };
}

/** A line of JSON about the lists, with the length of each; then their texts, perhaps megabytes. */
function write(copies: ReadonlyMap<string, Copy>): string {
  const about = [...copies].map(([url, { fetchedAt, text }]) => [url, fetchedAt, text.length]);
  const texts = [...copies.values()].map(({ text }) => text);
  return `${JSON.stringify(about)}\n${texts.join("")}`;
}

/** A record that can't be read counts as empty, and is overwritten. */
async function read(store: IndexStore): Promise<ReadonlyMap<string, Copy>> {
  const record = await store.get(KEY);
  const copies = new Map<string, Copy>();
  let at = record?.indexOf("\n") ?? -1;
  if (record === undefined || at === -1) return copies;
  const about = parseJson(record.slice(0, at++));
  for (const each of Array.isArray(about) ? (about as unknown[]) : []) {
    const [url, fetchedAt, length] = Array.isArray(each) ? (each as unknown[]) : [];
    if (typeof url !== "string" || typeof fetchedAt !== "number") continue;
    const text = record.slice(at, at + Number(length));
    at += text.length;
    copies.set(url, { fetchedAt, text });
  }
  return copies;
}
