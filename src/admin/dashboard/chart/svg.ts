import { html, raw } from "hono/html";
import type { Html } from "../../page.ts";
import { CHART_STYLE } from "../style.ts";
import { drawBars } from "./bars.ts";
import type { Chart } from "./chart.ts";
import { drawColumns } from "./columns.ts";
import { WIDTHS, type ChartWidth } from "./frame.ts";

/** A chart as a part of a page, which has its style. */
export function svgInPage(chart: Chart, title: string, size: ChartWidth): Html {
  const { height, shapes } = draw(chart, size);
  return html`<svg
    class="chart ${size}"
    viewBox="0 0 ${WIDTHS[size]} ${height}"
    role="img"
    aria-label="${title}; the table has the same figures"
  >
    ${shapes}
  </svg>`;
}

/** A chart as a file of its own. */
export async function svgFile(chart: Chart, title: string): Promise<string> {
  const { height, shapes } = draw(chart, "wide");
  const whole = height + 40;
  const text = await html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="-16 -32 ${WIDTHS.wide + 32} ${whole + 8}"
    width="${WIDTHS.wide + 32}"
    height="${whole + 8}"
    role="img"
  >
    <title>${title}</title>
    <style>
      ${raw(CHART_STYLE)}
    </style>
    <rect class="ground" x="-16" y="-32" width="${WIDTHS.wide + 32}" height="${whole + 8}" />
    <text class="title" x="0" y="-12">${title}</text>
    ${shapes}
  </svg> `;
  return String(text);
}

function draw(chart: Chart, size: ChartWidth) {
  return chart.kind === "columns" ? drawColumns(chart, size) : drawBars(chart, size);
}
