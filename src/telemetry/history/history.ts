import {
  MEASURES,
  startOf,
  STEP_NAMES,
  STEPS,
  type HistoryStep,
  type HistoryStore,
  type Measure,
  type Retention,
} from "../../store/history.ts";
import { TABLES, type DimensionOf, type TableName } from "./tables.ts";

/** A question to the history. */
export interface HistoryQuery<
  Table extends TableName = TableName,
  Dimension extends DimensionOf<Table> = DimensionOf<Table>,
> {
  readonly table: Table;
  /** Seconds since the epoch; rounded down to the start of a period. */
  readonly from: number;
  /** Seconds since the epoch; the period with it counts. */
  readonly to: number;
  /** The periods that get rows of their own. @default none: a row sums up all periods */
  readonly step?: HistoryStep | undefined;
  /** The columns of the rows' keys; all others are summed up. */
  readonly by: readonly Dimension[];
  /** Only rows with one of these values. @default all */
  readonly where?: Partial<Record<DimensionOf<Table>, string | readonly string[]>> | undefined;
  /** The numbers that are summed up, each of which takes time; all others are 0. @default all */
  readonly measures?: readonly Measure[] | undefined;
  /** Sorts rows by this number, largest first, after the periods. @default "requests" */
  readonly order?: Measure | undefined;
  /** Rows at most. @default 10000 */
  readonly limit?: number | undefined;
}

/** A row of the history: its numbers, and the values of the key's columns. */
export type HistoryRow<Dimension extends string = string> = Readonly<Record<Measure, number>> & {
  /** The start of the period, in seconds since the epoch. */
  readonly at: number;
  readonly key: Readonly<Record<Dimension, string>>;
};

/** Reads the history of requests. */
export interface HistoryReader {
  /**
   * Rows that are not older than the retention; requests count at the time of their end. Rows for
   * which a period had no room are one row with the value "other" in each column.
   */
  read<Table extends TableName, Dimension extends DimensionOf<Table>>(
    query: HistoryQuery<Table, Dimension>,
  ): Promise<readonly HistoryRow<Dimension>[]>;
}

/** Creates a reader of stored periods. @param clock seconds since the epoch */
export function historyReader(
  store: Pick<HistoryStore, "read">,
  retention: () => Retention,
  clock: () => number,
): HistoryReader {
  return {
    async read(query) {
      const { table, from, to, step, by, where = {}, order = "requests", limit = 10_000 } = query;
      const { measures = MEASURES } = query;
      const columns: readonly string[] = TABLES[table];
      const source = step ?? coarsest(from, to, retention(), clock());
      const rows = await store.read({
        table,
        step: source,
        from: startOf(source, from),
        to,
        isSplit: step !== undefined,
        by: by.map((name) => columns.indexOf(name)),
        where: Object.entries(where).map(([name, values]) => ({
          column: columns.indexOf(name),
          values: [values ?? []].flat() as string[],
        })),
        measures: measures.map((name) => MEASURES.indexOf(name)),
        order: MEASURES.indexOf(order),
        limit,
      });
      return rows.map(({ at, key, numbers }) =>
        Object.assign(record(MEASURES, numbers), { at, key: record(by, key) }),
      );
    },
  };
}

function record<Name extends string, Value>(
  names: readonly Name[],
  values: readonly Value[],
): Record<Name, Value> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as Record<Name, Value>;
}

/** Periods that a sum reads, at most about. */
const FINEST = 200;

/** The length of periods for a sum: short enough to meet the range, unless they are gone already. */
function coarsest(from: number, to: number, retention: Retention, now: number): HistoryStep {
  const isStored = (step: HistoryStep): boolean => from >= now - retention[step];
  const suits = STEP_NAMES.find(
    (step) => isStored(step) && (to - from) / STEPS[step] <= FINEST * (step === "hour" ? 4 : 1),
  );
  return suits ?? "day";
}

const DAY = STEPS.day;

/** The retention of each step if days are stored for this many seconds. */
export function retentionOf(days: number): Retention {
  return { minute: Math.min(days, DAY), hour: Math.min(days, 31 * DAY), day: days };
}
