import { MEASURES } from "../../store/history.ts";
import type { HistoryQuery, HistoryReader, HistoryRow } from "./history.ts";
import type { DimensionOf, TableName } from "./tables.ts";

/** Rows that each history contributes, at most. */
const MOST = 100_000;

/** A reader of several histories as one, e.g. of the machines of a fleet. */
export function mergedReader(readers: readonly HistoryReader[]): HistoryReader {
  return {
    async read<Table extends TableName, Dimension extends DimensionOf<Table>>(
      query: HistoryQuery<Table, Dimension>,
    ) {
      const all = await Promise.all(readers.map((each) => each.read({ ...query, limit: MOST })));
      const sums = new Map<string, HistoryRow<Dimension>>();
      for (const row of all.flat()) {
        const name = JSON.stringify([row.at, ...Object.values(row.key)]);
        const known = sums.get(name);
        sums.set(name, known === undefined ? row : sumOf(known, row));
      }
      const { order = "requests", limit = 10_000 } = query;
      const sorted = [...sums.values()].toSorted((a, b) => a.at - b.at || b[order] - a[order]);
      return sorted.slice(0, limit);
    },
  };
}

function sumOf<Row extends HistoryRow>(one: Row, other: Row): Row {
  const numbers = MEASURES.map((name) => [name, one[name] + other[name]] as const);
  return Object.assign({ ...one }, Object.fromEntries(numbers));
}
