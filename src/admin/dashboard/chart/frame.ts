import { html } from "hono/html";
import type { Html } from "../../page.ts";
import { classOf, type Series } from "./chart.ts";

/** The width of a chart in units of its own, of which one is about a pixel. */
export type ChartWidth = "wide" | "narrow";

export const WIDTHS: Readonly<Record<ChartWidth, number>> = { wide: 1040, narrow: 380 };

/** The parts of a drawn chart. */
export interface Drawing {
  readonly height: number;
  readonly shapes: Html;
}

/** A legend below a chart, wrapped to its width. */
export function drawLegend(series: readonly Series[], width: number, top: number): Drawing {
  if (series.length < 2) return { height: 0, shapes: html`` };
  let x = 0;
  let y = top + 18;
  const entries = series.map((each, i) => {
    const text = shorten(each.name, 28);
    const length = 24 + text.length * 6.6;
    if (x + length > width && x > 0) {
      x = 0;
      y += 20;
    }
    const entry = html`<rect
        class="${classOf(each, i)}"
        x="${x}"
        y="${y - 9}"
        width="10"
        height="10"
        rx="2"
      /><text x="${x + 15}" y="${y}">${text}</text>`;
    x += length + 6;
    return entry;
  });
  return { height: y - top + 8, shapes: html`<g class="legend">${entries}</g>` };
}

/** A text of at most so many characters. */
export function shorten(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** A number of a path, with one digit after the point at most. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
