import type { Chart } from "../chart/chart.ts";
import type { PanelData } from "../panel.ts";
import type { FigureCell } from "../figure-table.ts";

/** A chart with the table of the same figures: a row for each label, a column for each series. */
export function chartWithTable(
  chart: Chart,
  first: { readonly name: string; readonly title: string },
): PanelData {
  const { labels, series, unit } = chart;
  return {
    chart,
    table: {
      columns: [
        { ...first, kind: "text" as const },
        ...series.map(({ name }) => ({ name, title: name, kind: unit })),
      ],
      rows: labels.map((label, i) =>
        [label as FigureCell].concat(series.map(({ values }) => values[i] ?? 0)),
      ),
    },
  };
}
