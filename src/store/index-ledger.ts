import type { IndexStore, LedgerStore } from "./store.ts";

/** What a group's record holds: value and end of each entry, in seconds since the epoch. */
type RecordOf = Record<string, readonly [value: string, until: number]>;

/** Seconds for which a group's record is kept where no entry asks for longer. */
const LEAST_TTL = 60;

/**
 * A ledger on top of an index, each group one record. Two that write at once may lose one's entries:
 * only for where nothing better is at hand.
 */
export function indexLedger(index: IndexStore, now = () => Date.now() / 1000): LedgerStore {
  const load = async (group: string): Promise<RecordOf> => {
    const text = await index.get(`ledger/${group}`);
    const record = (text === undefined ? {} : JSON.parse(text)) as RecordOf;
    return Object.fromEntries(Object.entries(record).filter(([, [, until]]) => until > now()));
  };
  const save = (group: string, record: RecordOf): Promise<void> => {
    const last = Math.max(...Object.values(record).map(([, until]) => until), now());
    const ttl = Math.max(LEAST_TTL, Math.ceil(last - now()));
    return index.put(`ledger/${group}`, JSON.stringify(record), ttl);
  };
  return {
    async read(group) {
      return new Map(Object.entries(await load(group)).map(([key, [value]]) => [key, value]));
    },
    async change(group, changes) {
      const record = new Map(Object.entries(await load(group)));
      for (const { key, value, ttl } of changes) {
        if (value === undefined || ttl <= 0) record.delete(key);
        else record.set(key, [value, now() + ttl]);
      }
      await save(group, Object.fromEntries(record));
    },
    async claim(group, key, ttl) {
      const claims = `${group}/claims`;
      const record = await load(claims);
      if (Object.hasOwn(record, key)) return false;
      await save(claims, { ...record, [key]: ["", now() + ttl] });
      return true;
    },
  };
}
