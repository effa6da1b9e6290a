/** Lengths of the periods of a history, in seconds. */
export const STEPS = { minute: 60, hour: 3600, day: 86_400 } as const;

/** The length of the periods of a history. */
export type HistoryStep = keyof typeof STEPS;

export const STEP_NAMES = Object.keys(STEPS) as readonly HistoryStep[];

/** The share of a table's rows that a period of each length stores. */
const SHARES: Readonly<Record<HistoryStep, number>> = { minute: 0.125, hour: 0.5, day: 1 };

/** Columns of a key, at most. */
export const KEY_COLUMNS = 9;

/** The key of the row that sums up all rows for which a period has no room. */
export const OTHER = "other";

/** Numbers that are added up in each row, in this order in all arrays of numbers. */
export const MEASURES = [
  "requests",
  /** Bytes, as the event counts them. */
  "bytesReceived",
  "bytesSent",
  /** Bytes that did not have to be sent, by the feature that saved them. */
  "savedByMarkdown",
  "savedByCoding",
  "savedByDelta",
  "savedByCache",
  /** Milliseconds, summed up. */
  "duration",
  /** Requests to the origin server, and milliseconds of them, summed up. */
  "originRequests",
  "originDuration",
  /** Millionths of the currency, summed up. */
  "chargedMicros",
] as const;

export type Measure = (typeof MEASURES)[number];

/** The columns of a stored row: its period, its key, and its numbers. */
export const HISTORY_COLUMNS: readonly string[] = [
  "name",
  "step",
  "at",
  ...Array.from({ length: KEY_COLUMNS }, (_, i) => `k${i}`),
  ...MEASURES,
];

/** Numbers that are added to a row of a table, by the row's key. */
export type HistoryAddition = readonly [key: readonly string[], numbers: readonly number[]];

/** Additions to some tables of one point in time. */
export interface HistoryBatch {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly tables: readonly {
    readonly name: string;
    /** Rows that the table stores for a day, at most; shorter periods store fewer. */
    readonly most: number;
    readonly rows: readonly HistoryAddition[];
  }[];
}

/** A question to the history; columns of keys are named by their index. */
export interface StoredHistoryQuery {
  readonly table: string;
  readonly step: HistoryStep;
  /** Seconds since the epoch: periods that begin at `from` or later and before `to`. */
  readonly from: number;
  readonly to: number;
  /** Whether each period has rows of its own; else a row sums up all periods. */
  readonly isSplit: boolean;
  readonly by: readonly number[];
  readonly where: readonly { readonly column: number; readonly values: readonly string[] }[];
  /** The indices of the numbers that are summed up; all others are 0. */
  readonly measures: readonly number[];
  /** The index of the number by which rows are sorted, largest first, after the periods. */
  readonly order: number;
  readonly limit: number;
}

export interface StoredHistoryRow {
  /** The start of the period in seconds since the epoch; that of the query if rows are not split. */
  readonly at: number;
  readonly key: readonly string[];
  readonly numbers: readonly number[];
}

/** For how many seconds the periods of each length are stored. */
export type Retention = Readonly<Record<HistoryStep, number>>;

/** Stores numbers by period, table and key: for each minute, hour and day. */
export interface HistoryStore {
  /** Adds numbers to the rows of the minute, the hour and the day of `at`. */
  add(batch: HistoryBatch): Promise<void>;
  read(query: StoredHistoryQuery): Promise<readonly StoredHistoryRow[]>;
  /** Removes periods that ended longer ago, a bounded number at each call. */
  expire(now: number, retention: Retention): Promise<void>;
  close?(): unknown;
}

/** Rows of a table that one period stores, at most, after it was cut to its largest rows. */
export function mostRows(step: HistoryStep, most: number): number {
  return Math.ceil(most * SHARES[step]);
}

/** The start of the period with this point in time, in seconds since the epoch. */
export function startOf(step: HistoryStep, at: number): number {
  return Math.floor(at / STEPS[step]) * STEPS[step];
}

/** The key of the row OTHER of a table, by any key of it. */
export function othersLike(key: readonly string[]): readonly string[] {
  return key.map(() => OTHER);
}
