import { html } from "hono/html";
import type { Measure } from "../../store/history.ts";
import { NOBODY, type TableName } from "../../telemetry/history/tables.ts";
import type { Html } from "../page.ts";
import type { HistoryRow } from "../../telemetry/history/history.ts";
import { changeOf, formatCell, type CellKind } from "./format.ts";
import { allowsFilter, type Figures } from "./panel.ts";
import type { Filter } from "./request.ts";

/** A number of a tile; null if it is not known with the filters of the request. */
type Sum = number | null;

/** The most important sums of a range. */
interface Sums {
  readonly requests: number;
  readonly ofAgents: number;
  readonly bytesSent: number;
  readonly bytesSaved: number;
  readonly refused: number;
  readonly errors: number;
  readonly violations: Sum;
  /** Millionths by currency, the largest number of charges first. */
  readonly revenue: ReadonlyMap<string, number> | null;
}

type Tile = readonly [title: string, kind: CellKind, of: (sums: Sums) => Sum];

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
];

/** Currencies that have tiles, at most; the table of revenue has all. */
const MOST_CURRENCIES = 6;

/** One tile for each currency: amounts of two currencies have no sum. */
function revenueTiles(now: Sums, before: Sums | undefined): readonly Tile[] {
  const charged = [...(now.revenue?.keys() ?? []), ...(before?.revenue?.keys() ?? [])];
  const currencies = [...new Set(charged)].slice(0, MOST_CURRENCIES);
  if (currencies.length === 0) return [["Revenue", "money", ({ revenue }) => revenue && 0]];
  return currencies.map((currency) => [
    `Revenue, ${currency === "" ? "currency unknown" : currency}`,
    "money",
    ({ revenue }) => revenue && (revenue.get(currency) ?? 0) / 1_000_000,
  ]);
}

/** The sums of a range as tiles, with the change since the period before. */
export async function tilesView(figures: Figures): Promise<Html> {
  const [now, before] = await Promise.all([
    sumsOf(figures, "read"),
    figures.asked.isCompared ? sumsOf(figures, "readBefore") : undefined,
  ]);
  const tiles = [...TILES, ...revenueTiles(now, before)].map(([title, kind, of]) => {
    const value = of(now);
    return html`<div>
      <dt>${title}</dt>
      <dd>${formatCell(value, kind)}</dd>
      ${before === undefined ? "" : html`<dd class="change">${changeText(value, of(before))}</dd>`}
    </div>`;
  });
  return html`<dl class="tiles">${tiles}</dl>`;
}

function changeText(now: Sum, before: Sum): string {
  if (now === null) return "not known with this filter";
  const change = changeOf(now, before ?? 0);
  return change === null ? "nothing before" : `${formatCell(change, "change")} since before`;
}

async function sumsOf(figures: Figures, read: "read" | "readBefore"): Promise<Sums> {
  const [rows, statuses, violations, revenue] = await Promise.all([
    figures[read]("requests", ["verdict"], { measures: SUMMED }),
    figures[read]("requests", ["status"]),
    allowsAll(figures, "violations") ? figures[read]("violations", []) : null,
    allowsAll(figures, "charges") ? figures[read]("charges", ["currency"], CHARGED) : null,
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
    violations: violations && (violations[0]?.requests ?? 0),
    revenue:
      revenue &&
      new Map(revenue.map(({ key, chargedMicros }) => [key.currency, chargedMicros] as const)),
  };
}

/** Whether the rows of a table have the values that the filters of the request name. */
function allowsAll({ asked }: Figures, table: TableName): boolean {
  return (Object.keys(asked.filters) as Filter[]).every((name) => allowsFilter(table, name));
}

const CHARGED = { measures: ["requests", "chargedMicros"] } as const;

const SUMMED = [
  "requests",
  "bytesSent",
  "savedByMarkdown",
  "savedByCoding",
  "savedByDelta",
  "savedByCache",
] as const satisfies readonly Measure[];
