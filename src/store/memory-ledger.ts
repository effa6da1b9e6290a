import type { LedgerStore } from "./store.ts";

/** Groups beyond this many are forgotten, the one that was read or written longest ago first. */
const MOST_GROUPS = 2000;

interface Entry {
  readonly value: string;
  /** Seconds since the epoch. */
  readonly until: number;
}

/**
 * A ledger in the memory of one process.
 *
 * @param now seconds since the epoch
 */
export function memoryLedger(now: () => number): LedgerStore {
  const groups = new Map<string, Map<string, Entry>>();
  const open = (name: string): Map<string, Entry> => {
    const group = groups.get(name) ?? new Map<string, Entry>();
    groups.delete(name);
    groups.set(name, group);
    for (const [oldest] of groups) {
      if (groups.size <= MOST_GROUPS) break;
      groups.delete(oldest);
    }
    return group;
  };
  return {
    async read(name) {
      const group = groups.get(name);
      if (group === undefined) return new Map();
      for (const [key, { until }] of group) if (until <= now()) group.delete(key);
      return new Map([...open(name)].map(([key, { value }]) => [key, value]));
    },
    async change(name, changes) {
      const group = open(name);
      for (const { key, value, ttl } of changes) {
        if (value === undefined || ttl <= 0) group.delete(key);
        else group.set(key, { value, until: now() + ttl });
      }
    },
    async claim(name, key, ttl) {
      const group = open(`${name}\nclaims`);
      if ((group.get(key)?.until ?? 0) > now()) return false;
      for (const [each, { until }] of group) if (until <= now()) group.delete(each);
      group.set(key, { value: "", until: now() + ttl });
      return true;
    },
  };
}
