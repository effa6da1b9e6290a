import { BoundedCache } from "../../../memory/bounded-cache.ts";
import { hashedKey } from "../../../http/digest.ts";
import type { LedgerChange, LedgerStore } from "../../../store/store.ts";
import { elapsed } from "./budget.ts";
import { parseGroup, type Group } from "./group.ts";
import { patiently, type Outcome } from "../patience.ts";
import type { Template } from "./template.ts";

/** The facts about groups in memory, in front of the ledger. */
export interface GroupMemory {
  /** The group as read within the last half minute; "failed" for some seconds after the ledger failed. */
  peek(key: string): Group | "failed" | undefined;
  /** Reads the ledger, once for all waiting callers; undefined if it fails. */
  read(key: string, patience: number): Promise<Group | undefined>;
  /** Writes to the ledger and updates the memory; false if the ledger fails. */
  change(key: string, changes: readonly LedgerChange[], patience: number): Promise<boolean>;
  /** Claims a key that no other process has claimed; false also if the ledger fails. */
  claim(key: string, name: string, ttl: number, patience: number): Promise<boolean>;
}

/** The key of a group: pages and files of one pattern have different keys. */
export function groupKey(scope: string, { match, matchDest }: Template): string {
  return `${scope}\n${match}\n${matchDest.join(" ")}`;
}

/** The group's name in the ledger, of bounded length. */
export async function groupId(key: string): Promise<string> {
  return hashedKey("auto", key);
}

/** Seconds for which a group is not read again. */
const FRESH = 30;
/** Seconds until a ledger that failed is read again. */
const PAUSE = 5;

interface CachedGroup {
  readonly at: number;
  /** Undefined if the ledger failed. */
  readonly entries: ReadonlyMap<string, string> | undefined;
  readonly group: Group | undefined;
}

/** @param now seconds since the epoch */
export function groupMemory(
  ledger: LedgerStore,
  now: () => number,
  warn: (event: string, facts: Readonly<Record<string, unknown>>) => void,
): GroupMemory {
  const cached = new BoundedCache<CachedGroup>({
    name: "groups",
    sizeOf: ({ group }) => 500 + 1200 * (group?.versions.size ?? 0),
  });
  const reading = new Map<string, { at: number; done: Promise<Group | undefined> }>();

  const settle = <Value>(what: string, outcome: Outcome<Value>): Value | undefined => {
    if (outcome.kind === "done") return outcome.value;
    warn("auto-dictionary-ledger-failed", { what, error: outcome.error });
    return undefined;
  };

  const read = async (key: string, patience: number): Promise<Group | undefined> => {
    const loaded = await patiently(() => load(ledger, key), patience);
    const found = settle("read", loaded);
    cached.set(key, { at: now(), entries: found?.entries, group: found?.group });
    return found?.group;
  };

  return {
    peek(key) {
      const found = cached.get(key);
      if (found === undefined) return undefined;
      const limit = found.group === undefined ? PAUSE : FRESH;
      return elapsed(now(), found.at) >= limit ? undefined : (found.group ?? "failed");
    },

    async read(key, patience) {
      // Requests wait for a shorter time than background work.
      const flight = `${patience} ${key}`;
      const begun = reading.get(flight);
      // The runtime may cancel the request that began the read, and its timer: each call has its own timeout.
      if (begun !== undefined && elapsed(now(), begun.at) < 1 + patience / 1000) {
        const joined = await patiently(() => begun.done, patience);
        return joined.kind === "done" ? joined.value : undefined;
      }
      const own = { at: now(), done: read(key, patience) };
      reading.set(flight, own);
      return own.done.finally(() => {
        if (reading.get(flight) === own) reading.delete(flight);
      });
    },

    async change(key, changes, patience) {
      if (changes.length === 0) return true;
      const id = await groupId(key);
      const done = await patiently(() => ledger.change(id, changes).then(() => true), patience);
      if (settle("change", done) !== true) return false;
      const before = cached.get(key)?.entries;
      // Without a complete read, the written entries would pass for the whole group.
      if (before === undefined) return cached.delete(key) || true;
      const entries = changed(before, changes);
      cached.set(key, { at: now(), entries, group: parseGroup(entries) });
      return true;
    },

    async claim(key, name, ttl, patience) {
      const id = await groupId(key);
      return settle("claim", await patiently(() => ledger.claim(id, name, ttl), patience)) === true;
    },
  };
}

async function load(ledger: LedgerStore, key: string) {
  const entries = await ledger.read(await groupId(key));
  return { entries, group: parseGroup(entries) };
}

function changed(
  before: ReadonlyMap<string, string>,
  changes: readonly LedgerChange[],
): ReadonlyMap<string, string> {
  const entries = new Map(before);
  for (const { key, value } of changes) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return entries;
}
