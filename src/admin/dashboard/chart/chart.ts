import type { CellKind } from "../format.ts";

/** One set of values of a chart. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** The number of its colour. @default its place among the series */
  readonly colour?: number;
}

/** A chart: columns over time, or horizontal bars, with the series stacked in each. */
export interface Chart {
  readonly kind: "columns" | "bars";
  /** Names of columns or bars. */
  readonly labels: readonly string[];
  readonly series: readonly Series[];
  readonly unit: CellKind;
}

/** Colours of series; `style.ts` has one class for each. */
export const MOST_SERIES = 7;

/** Colours that say something, by their number. */
export const COLOURS = { neutral: 4, good: 2, plain: 0, warning: 1, bad: 5, odd: 3 } as const;

/** The class of a series, by its place among the others. */
export function classOf({ colour }: Series, place: number): string {
  return `s${colour ?? place % MOST_SERIES}`;
}
