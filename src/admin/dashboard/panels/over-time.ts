import type { Measure } from "../../../store/history.ts";
import { binsOf, nameOfPeriod, startsOf, type Span } from "../bins.ts";
import { COLOURS, MOST_SERIES, type Series } from "../chart/chart.ts";
import type { CellKind } from "../format.ts";
import { named, type Figures, type PanelData } from "../panel.ts";
import type { Split } from "../request.ts";
import { NOBODY } from "../../../telemetry/history/tables.ts";
import { chartWithTable } from "./chart-with-table.ts";
import { READ } from "./ranking.ts";

/** Colours of values; grey is for requests without a value, and for the rest. */
const COLOURS_OF_VALUES = [0, 1, 2, 3, 5, 6];

/** Requests over time, split by one column: the largest values, and the rest together. */
export async function splitOverTime(
  figures: Figures,
  split: Split,
  none: string,
): Promise<PanelData> {
  const { asked, now } = figures;
  const bins = binsOf(asked, now);
  const measures = ["requests", "bytesSent"] as const;
  // As the table of the same column reads them.
  const largest = await figures.read("requests", [split], { measures, limit: READ });
  const values = largest.slice(0, MOST_SERIES - 1).map(({ key }) => key[split]);
  const [rows, all] = await Promise.all([
    values.length === 0
      ? []
      : figures.read("requests", [split], { step: bins.step, where: { [split]: values } }),
    figures.read("requests", [], { step: bins.step, measures }),
  ]);
  const starts = startsOf(asked, bins);
  const sums = (found: readonly Counted[]): number[] =>
    sumsIn(starts, asked, found, ({ requests }) => requests);
  const colours = [...COLOURS_OF_VALUES];
  const series: Series[] = values.map((value) => ({
    name: named(value, none),
    colour:
      value === "" || value === NOBODY ? COLOURS.neutral : (colours.shift() ?? COLOURS.neutral),
    values: sums(rows.filter(({ key }) => key[split] === value)),
  }));
  const rest = sums(all).map((total, i) =>
    Math.max(0, total - series.reduce((sum, { values: each }) => sum + (each[i] ?? 0), 0)),
  );
  if (rest.some((value) => value > 0)) {
    series.push({ name: "all others", values: rest, colour: COLOURS.neutral });
  }
  const labels = starts.map((at) => nameOfPeriod(at, bins));
  return chartWithTable({ kind: "columns", labels, series, unit: "count" }, PERIOD);
}

const PERIOD = { name: "period", title: "Period (UTC)" } as const;

interface Counted {
  readonly at: number;
  readonly requests: number;
}

/** Numbers of all requests over time. */
export async function measuresOverTime(
  figures: Figures,
  measures: readonly (readonly [measure: Measure, name: string])[],
  unit: CellKind,
): Promise<PanelData> {
  const { asked, now } = figures;
  const bins = binsOf(asked, now);
  const names = measures.map(([measure]) => measure);
  const rows = await figures.read("requests", [], {
    step: bins.step,
    // As the chart of requests reads them.
    measures: names.includes("bytesSent") ? ["requests", "bytesSent"] : names,
  });
  const starts = startsOf(asked, bins);
  const series = measures.map(([measure, name]) => ({
    name,
    values: sumsIn(starts, asked, rows, (row) => row[measure]),
  }));
  const labels = starts.map((at) => nameOfPeriod(at, bins));
  return chartWithTable({ kind: "columns", labels, series, unit }, PERIOD);
}

/** Adds up the rows of each column. */
function sumsIn<Row extends { readonly at: number }>(
  starts: readonly number[],
  { from, to }: Span,
  rows: readonly Row[],
  numberOf: (row: Row) => number,
): number[] {
  const sums = starts.map(() => 0);
  const length = starts.length > 1 ? (starts[1] ?? 0) - (starts[0] ?? 0) : to - from;
  for (const row of rows) {
    // The first stored period may have begun before the range.
    const i = Math.max(0, Math.floor((row.at - from) / length));
    if (i < sums.length) sums[i] = (sums[i] ?? 0) + numberOf(row);
  }
  return sums;
}
