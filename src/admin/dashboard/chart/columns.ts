import { html } from "hono/html";
import { scaleBand, scaleLinear } from "d3-scale";
import { stack, stackOrderNone } from "d3-shape";
import { formatBytes, formatCell, formatShort } from "../format.ts";
import { classOf, type Chart } from "./chart.ts";
import { drawLegend, round, WIDTHS, type ChartWidth, type Drawing } from "./frame.ts";

const PLOT = 220;
const TOP = 8;
const LEFT = 52;

/** Draws stacked columns over time. */
export function drawColumns(chart: Chart, size: ChartWidth): Drawing {
  const { labels, series } = chart;
  const width = WIDTHS[size];
  const sums = labels.map((_, i) => series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  const y = scaleLinear()
    .domain([0, Math.max(1, ...sums)])
    .nice(4)
    .range([TOP + PLOT, TOP]);
  const x = scaleBand<number>()
    .domain(labels.map((_, i) => i))
    .range([LEFT, width])
    .paddingInner(labels.length > 40 ? 0.12 : 0.22);
  const layers = stack<unknown, number, number>()
    .keys(series.map((_, i) => i))
    .order(stackOrderNone)
    .value((at, key) => series[key]?.values[at] ?? 0)(labels.map((_, i) => i));
  const shapes = layers.map((layer, i) => {
    const path = layer.map(([low, high], at) => {
      if (high <= low) return "";
      const left = round(x(at) ?? 0);
      return `M${left},${round(y(high))}h${round(x.bandwidth())}V${round(y(low))}h${-round(x.bandwidth())}z`;
    });
    const name = series[i] === undefined ? "" : classOf(series[i], i);
    return html`<path class="${name}" d="${path.join("")}" />`;
  });
  const legend = drawLegend(series, width, TOP + PLOT + 22);
  return {
    height: TOP + PLOT + 26 + legend.height,
    shapes: html`${gridOf(y, chart, width)}${shapes}${hoversOf(chart, x, sums)}${namesOf(labels, x, size)}${legend.shapes}`,
  };
}

function gridOf(y: ReturnType<typeof scaleLinear<number>>, { unit }: Chart, width: number) {
  const nameOf = unit === "bytes" ? formatBytes : formatShort;
  return y
    .ticks(4)
    .filter((tick) => unit === "bytes" || Number.isInteger(tick))
    .map(
      (tick) =>
        html`<line
            class="grid"
            x1="${LEFT}"
            x2="${width}"
            y1="${round(y(tick))}"
            y2="${round(y(tick))}"
          /><text class="tick" text-anchor="end" x="${LEFT - 6}" y="${round(y(tick)) + 4}"
            >${nameOf(tick)}</text
          >`,
    );
}

/** Areas whose title browsers show under the pointer. */
function hoversOf(
  { labels, series, unit }: Chart,
  x: ReturnType<typeof scaleBand<number>>,
  sums: readonly number[],
) {
  return labels.map((label, i) => {
    const parts = series
      .filter(({ values }) => (values[i] ?? 0) > 0)
      .map(({ name, values }) => `${name}: ${formatCell(values[i] ?? 0, unit)}`);
    const text = [`${label}: ${formatCell(sums[i] ?? 0, unit)}`, ...parts].join("\n");
    return html`<rect
      class="hover"
      x="${round(x(i) ?? 0)}"
      y="${TOP}"
      width="${round(x.step())}"
      height="${PLOT}"
      ><title>${text}</title></rect
    >`;
  });
}

/** Names of some periods: as many as the width has room for. */
function namesOf(
  labels: readonly string[],
  x: ReturnType<typeof scaleBand<number>>,
  size: ChartWidth,
) {
  const most = size === "wide" ? 8 : 3;
  const every = Math.max(1, Math.ceil(labels.length / most));
  return labels.map((label, i) => {
    const at = round(x(i) ?? 0);
    if (i % every !== 0 || at + NAME_WIDTH > WIDTHS[size]) return "";
    // Of a time, the year goes without saying.
    const text = label.length === 10 ? label : label.slice(5);
    return html`<text class="tick" x="${at}" y="${TOP + PLOT + 17}">${text}</text>`;
  });
}

/** Of the name of a period. */
const NAME_WIDTH = 78;
