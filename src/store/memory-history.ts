import {
  mostRows,
  othersLike,
  startOf,
  STEP_NAMES,
  STEPS,
  type HistoryAddition,
  type HistoryStep,
  type HistoryStore,
  type StoredHistoryQuery,
  type StoredHistoryRow,
} from "./history.ts";

interface Sum {
  readonly key: readonly string[];
  readonly numbers: number[];
}

/** Sums of numbers by key; if there are too many keys, the smallest become one row. */
export class Sums {
  readonly #rows = new Map<string, Sum>();

  get size(): number {
    return this.#rows.size;
  }

  /** @returns the sums of the key, to which more may be added until the next `cut` or `clear` */
  add(key: readonly string[], numbers: readonly number[] | Float64Array): number[] {
    const name = key.join("\u0000");
    const known = this.#rows.get(name);
    if (known === undefined) {
      const sums = [...numbers];
      this.#rows.set(name, { key, numbers: sums });
      return sums;
    }
    for (let i = 0; i < numbers.length; i++) known.numbers[i]! += numbers[i]!;
    return known.numbers;
  }

  /** Sums up all but the `most` rows with the most requests in the row OTHER. */
  cut(most: number): void {
    const sorted = [...this.#rows.values()].toSorted((a, b) => b.numbers[0]! - a.numbers[0]!);
    this.#rows.clear();
    for (const { key, numbers } of sorted.slice(0, most)) this.add(key, numbers);
    for (const { key, numbers } of sorted.slice(most)) this.add(othersLike(key), numbers);
  }

  rows(): Iterable<Sum> {
    return this.#rows.values();
  }

  clear(): void {
    this.#rows.clear();
  }
}

/** Creates a history in memory: for tests, and for requests that a log contains. */
export function memoryHistory(): HistoryStore {
  /** Sums of each period, by table, step and start. */
  const periods = new Map<string, Map<number, Sums>>();
  const at = (table: string, step: HistoryStep): Map<number, Sums> => {
    const name = `${step} ${table}`;
    let found = periods.get(name);
    if (found === undefined) periods.set(name, (found = new Map()));
    return found;
  };
  return {
    async add({ at: time, tables }) {
      for (const { name, most, rows } of tables) {
        for (const step of STEP_NAMES) {
          addTo(at(name, step), startOf(step, time), rows, mostRows(step, most));
        }
      }
    },
    async read(query) {
      return readFrom(at(query.table, query.step), query);
    },
    async expire(now, retention) {
      for (const [name, byStart] of periods) {
        const step = name.slice(0, name.indexOf(" ")) as HistoryStep;
        for (const start of byStart.keys()) {
          if (start + STEPS[step] <= now - retention[step]) byStart.delete(start);
        }
      }
    },
  };
}

function addTo(
  byStart: Map<number, Sums>,
  start: number,
  rows: readonly HistoryAddition[],
  most: number,
): void {
  let sums = byStart.get(start);
  if (sums === undefined) byStart.set(start, (sums = new Sums()));
  for (const [key, numbers] of rows) sums.add(key, numbers);
  if (sums.size > 2 * most) sums.cut(most);
}

function readFrom(
  byStart: ReadonlyMap<number, Sums>,
  { from, to, isSplit, by, where, measures, order, limit }: StoredHistoryQuery,
): StoredHistoryRow[] {
  const found = new Map<number, Sums>();
  for (const [start, sums] of byStart) {
    if (start < from || start >= to) continue;
    const at = isSplit ? start : from;
    let into = found.get(at);
    if (into === undefined) found.set(at, (into = new Sums()));
    for (const { key, numbers } of sums.rows()) {
      const isMeant = where.every(({ column, values }) => values.includes(key[column] ?? ""));
      if (isMeant) {
        into.add(
          by.map((column) => key[column] ?? ""),
          numbers,
        );
      }
    }
  }
  const rows: StoredHistoryRow[] = [];
  for (const [at, sums] of found) {
    for (const { key, numbers } of sums.rows()) {
      rows.push({ at, key, numbers: numbers.map((each, i) => (measures.includes(i) ? each : 0)) });
    }
  }
  const sorted = rows.toSorted(
    (a, b) => a.at - b.at || (b.numbers[order] ?? 0) - (a.numbers[order] ?? 0),
  );
  return sorted.slice(0, limit);
}
