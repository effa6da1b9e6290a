import { html } from "hono/html";
import type { Measure } from "../../store/history.ts";
import { NOBODY } from "../../telemetry/history/tables.ts";
import type { Html } from "../page.ts";
import type { HistoryRow } from "../../telemetry/history/history.ts";
import { changeOf, formatCell, type CellKind } from "./format.ts";
import type { Figures } from "./panel.ts";

/** The most important sums of a range. */
interface Sums {
  readonly requests: number;
  readonly ofAgents: number;
  readonly bytesSent: number;
  readonly bytesSaved: number;
  readonly refused: number;
  readonly errors: number;
  readonly violations: number;
  readonly chargedMicros: number;
}

type Tile = readonly [title: string, kind: CellKind, of: (sums: Sums) => number];

const TILES: readonly Tile[] = [
  ["Requests", "count", ({ requests }) => requests],
  [
    "By known agents",
    "share",
    ({ requests, ofAgents }) => (requests === 0 ? 0 : ofAgents / requests),
  ],
  ["Bytes sent", "bytes", ({ bytesSent }) => bytesSent],
  ["Bytes saved", "bytes", ({ bytesSaved }) => bytesSaved],
  ["Client errors (4xx)", "count", ({ refused }) => refused],
  ["Server errors (5xx)", "count", ({ errors }) => errors],
  ["Violations of robots.txt", "count", ({ violations }) => violations],
  ["Revenue, all currencies", "money", ({ chargedMicros }) => chargedMicros / 1_000_000],
];

/** The sums of a range as tiles, with the change since the period before. */
export async function tilesView(figures: Figures): Promise<Html> {
  const [now, before] = await Promise.all([
    sumsOf(figures, "read"),
    figures.asked.isCompared ? sumsOf(figures, "readBefore") : undefined,
  ]);
  const tiles = TILES.map(([title, kind, of]) => {
    const change = before && changeOf(of(now), of(before));
    const text =
      before === undefined
        ? ""
        : html`<dd class="change">
            ${change === undefined || change === null ? "nothing before" : `${formatCell(change, "change")} since before`}
          </dd>`;
    return html`<div>
      <dt>${title}</dt>
      <dd>${formatCell(of(now), kind)}</dd>
      ${text}
    </div>`;
  });
  return html`<dl class="tiles">${tiles}</dl>`;
}

async function sumsOf(figures: Figures, read: "read" | "readBefore"): Promise<Sums> {
  const [rows, statuses, [violated]] = await Promise.all([
    figures[read]("requests", ["verdict"], { measures: SUMMED }),
    figures[read]("requests", ["status"]),
    figures[read]("violations", []),
  ]);
  const sum = (of: (row: HistoryRow<"verdict">) => number): number =>
    rows.reduce((total, row) => total + of(row), 0);
  const withStatus = (digit: string): number =>
    statuses.reduce(
      (total, row) => total + (row.key.status.startsWith(digit) ? row.requests : 0),
      0,
    );
  return {
    requests: sum((row) => row.requests),
    ofAgents: sum((row) => (row.key.verdict === NOBODY ? 0 : row.requests)),
    bytesSent: sum((row) => row.bytesSent),
    bytesSaved: sum(
      (row) => row.savedByMarkdown + row.savedByCoding + row.savedByDelta + row.savedByCache,
    ),
    refused: withStatus("4"),
    errors: withStatus("5"),
    violations: violated?.requests ?? 0,
    chargedMicros: sum((row) => row.chargedMicros),
  };
}

const SUMMED = [
  "requests",
  "bytesSent",
  "savedByMarkdown",
  "savedByCoding",
  "savedByDelta",
  "savedByCache",
  "chargedMicros",
] as const satisfies readonly Measure[];
