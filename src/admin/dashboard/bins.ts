import { STEPS, type HistoryStep } from "../../store/history.ts";

/** A range in seconds since the epoch; the end is not part of it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The columns of a chart over time: periods of equal length, read from stored ones. */
export interface Bins {
  /** The stored periods that are read. */
  readonly step: HistoryStep;
  /** Seconds of one column. */
  readonly length: number;
}

const HOUR = STEPS.hour;
const DAY = STEPS.day;

/** Columns of a chart of a long range, at most about. */
const MOST_COLUMNS = 60;

/** Chooses columns that are fine enough to see a day, and coarse enough to be told apart. */
export function binsOf({ from, to }: Span, now: number): Bins {
  const length = to - from;
  const age = now - from;
  // The history stores minutes for a day, and hours for a month.
  if (length <= 3 * HOUR && age < DAY) return { step: "minute", length: STEPS.minute };
  if (length <= 36 * HOUR && age < 31 * DAY) return { step: "hour", length: HOUR };
  if (length <= 14 * DAY && age < 31 * DAY) return { step: "hour", length: 3 * HOUR };
  if (length <= 120 * DAY) return { step: "day", length: DAY };
  return { step: "day", length: Math.ceil(length / DAY / MOST_COLUMNS) * DAY };
}

/** The starts of all columns of a range. */
export function startsOf({ from, to }: Span, { length }: Bins): number[] {
  const count = Math.ceil((to - from) / length);
  return Array.from({ length: count }, (_, i) => from + i * length);
}

/** The name of a column's period, in UTC. */
export function nameOfPeriod(at: number, { length }: Bins): string {
  const text = new Date(at * 1000).toISOString();
  if (length >= DAY) return text.slice(0, 10);
  return `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}
