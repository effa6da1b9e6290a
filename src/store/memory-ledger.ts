import type { MemoryBudget } from "../memory/budget.ts";
import { BoundedCache } from "../memory/bounded-cache.ts";
import { changeEntries, type LedgerEntry } from "./index-ledger.ts";
import type { LedgerStore } from "./store.ts";
import { wholeSeconds } from "./whole-seconds.ts";

const MOST_CLAIMS = 20_000;

type Group = ReadonlyMap<string, LedgerEntry>;

/**
 * Creates a ledger in the memory of one process.
 *
 * @param now seconds since the epoch
 */
export function memoryLedger(now: () => number, budget?: MemoryBudget): LedgerStore {
  const groups = new BoundedCache<Group>({ name: "store", budget, sizeOf });
  const claims = new BoundedCache<number>({ name: "store", budget, max: MOST_CLAIMS });
  const open = (name: string): Map<string, LedgerEntry> =>
    new Map([...(groups.get(name) ?? [])].filter(([, { until }]) => until > now()));
  return {
    async read(name) {
      return new Map([...open(name)].map(([key, { value }]) => [key, value]));
    },
    async change(name, changes) {
      const group = open(name);
      changeEntries(group, changes, now());
      if (group.size === 0) groups.delete(name);
      else groups.set(name, group);
    },
    async claim(name, key, ttl) {
      const id = JSON.stringify([name, key]);
      if ((claims.get(id) ?? 0) > now()) return false;
      claims.set(id, now() + wholeSeconds(ttl));
      return true;
    },
  };
}

function sizeOf(group: Group): number {
  let size = 200;
  for (const [key, { value }] of group) size += 100 + 2 * (key.length + value.length);
  return size;
}
