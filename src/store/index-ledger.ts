import { wholeSeconds } from "./whole-seconds.ts";
import type { IndexStore, LedgerChange, LedgerStore } from "./store.ts";
import { InOrder } from "../timing/in-order.ts";

/** An entry of a group, and when it expires in seconds since the epoch. */
export interface LedgerEntry {
  readonly value: string;
  readonly until: number;
}

export function changeEntries(
  entries: Map<string, LedgerEntry>,
  changes: readonly LedgerChange[],
  now: number,
): void {
  for (const { key, value, ttl } of changes) {
    const life = wholeSeconds(ttl);
    if (value === undefined || life === 0) entries.delete(key);
    else entries.set(key, { value, until: now + life });
  }
}

/** Seconds for which a group's record is stored, at least. */
const LEAST_TTL = 60;

/**
 * Creates a ledger on an index, with one record for each group, for stores without a ledger of
 * their own. Operations of one process on a group run one after the other. Two processes that write
 * at once may lose entries, and may both get the same claim.
 */
export function indexLedger(index: IndexStore, now = () => Date.now() / 1000): LedgerStore {
  const groups = new InOrder();

  const load = async (key: string): Promise<Map<string, LedgerEntry>> => {
    const entries = parse(await index.get(key));
    return new Map([...entries].filter(([, { until }]) => until > now()));
  };
  const save = (key: string, entries: ReadonlyMap<string, LedgerEntry>): Promise<void> => {
    const ends = [...entries.values()].map(({ until }) => until);
    const last = ends.reduce((one, other) => Math.max(one, other), 0);
    const record = [...entries].map(([name, { value, until }]) => [name, value, until]);
    return index.put(key, JSON.stringify(record), Math.max(LEAST_TTL, Math.ceil(last - now())));
  };

  return {
    async read(group) {
      const entries = await load(`ledger/${group}`);
      return new Map([...entries].map(([key, { value }]) => [key, value]));
    },
    change: (group, changes) =>
      groups.run(`ledger/${group}`, async () => {
        const entries = await load(`ledger/${group}`);
        changeEntries(entries, changes, now());
        await save(`ledger/${group}`, entries);
      }),
    claim: (group, key, ttl) =>
      groups.run(`claims/${group}`, async () => {
        const claims = await load(`claims/${group}`);
        if (claims.has(key)) return false;
        claims.set(key, { value: "", until: now() + wholeSeconds(ttl) });
        await save(`claims/${group}`, claims);
        return true;
      }),
  };
}

/** Parses a record; malformed entries count as absent. */
function parse(text: string | undefined): Map<string, LedgerEntry> {
  const entries = new Map<string, LedgerEntry>();
  for (const each of list(text)) {
    const [key, value, until] = Array.isArray(each) ? (each as unknown[]) : [];
    if (typeof key !== "string" || typeof value !== "string") continue;
    if (typeof until === "number") entries.set(key, { value, until });
  }
  return entries;
}

function list(text: string | undefined): readonly unknown[] {
  try {
    const record: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(record) ? record : [];
  } catch {
    return [];
  }
}
