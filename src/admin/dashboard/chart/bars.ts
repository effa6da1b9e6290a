import { html } from "hono/html";
import { scaleLinear } from "d3-scale";
import { formatCell } from "../format.ts";
import { classOf, type Chart } from "./chart.ts";
import { drawLegend, round, shorten, WIDTHS, type ChartWidth, type Drawing } from "./frame.ts";

const BAR = 14;

/** Draws stacked horizontal bars: the names beside them, or above if there is little room. */
export function drawBars(chart: Chart, size: ChartWidth): Drawing {
  const { labels, series, unit } = chart;
  const width = WIDTHS[size];
  const left = size === "wide" ? 190 : 0;
  const above = size === "wide" ? 0 : 16;
  const step = BAR + above + 8;
  const sums = labels.map((_, i) => series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  const x = scaleLinear()
    .domain([0, Math.max(1, ...sums)])
    .range([left, width - 84]);
  const bars = labels.map((label, i) => {
    const y = i * step + above;
    let sum = 0;
    const parts = series.map((each, at) => {
      const { name, values } = each;
      const value = values[i] ?? 0;
      const from = x(sum);
      sum += value;
      if (value === 0) return "";
      return html`<rect
        class="${classOf(each, at)}"
        x="${round(from)}"
        y="${y}"
        width="${Math.max(0.5, round(x(sum) - from))}"
        height="${BAR}"
        ><title>${label}, ${name}: ${formatCell(value, unit)}</title></rect
      >`;
    });
    const name =
      size === "wide"
        ? html`<text text-anchor="end" x="${left - 10}" y="${y + 11}">${shorten(label, 26)}</text>`
        : html`<text x="0" y="${y - 4}">${shorten(label, 46)}</text>`;
    return html`${name}${parts}<text class="tick" x="${round(x(sum)) + 6}" y="${y + 11}"
        >${formatCell(sum, unit)}</text
      >`;
  });
  const height = labels.length * step;
  const legend = drawLegend(series, width, height);
  return { height: height + legend.height, shapes: html`${bars}${legend.shapes}` };
}
