import type { Measure } from "../../store/history.ts";
import type { HistoryReader, HistoryRow } from "../../telemetry/history/history.ts";
import { TABLES, type DimensionOf, type TableName } from "../../telemetry/history/tables.ts";
import type { Span } from "./bins.ts";
import type { Chart } from "./chart/chart.ts";
import { FILTERS, type DashboardRequest, type Filter, type View } from "./request.ts";
import type { FigureTable } from "./figure-table.ts";

/** The figures of a panel. */
export interface PanelData {
  readonly table: FigureTable;
  readonly chart?: Chart | undefined;
}

/** A part of a view: a table, perhaps with a chart of it. */
export interface Panel {
  /** In the names of its files. */
  readonly name: string;
  readonly view: View;
  readonly title: string;
  /** One sentence about the things that are counted. */
  readonly about: string;
  /** The table of the history that it reads, whose columns filters can name. */
  readonly source: TableName;
  load(figures: Figures): Promise<PanelData>;
}

/** Reads the figures of one request for the dashboard. */
export class Figures {
  readonly asked: DashboardRequest;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly #reader: HistoryReader;
  /** The rows that panels have read: some ask for the same. */
  readonly #read = new Map<string, Promise<readonly HistoryRow[]>>();

  constructor(reader: HistoryReader, asked: DashboardRequest, now: number) {
    this.#reader = reader;
    this.asked = asked;
    this.now = now;
  }

  /** The range before the one that is asked for, of the same length. */
  get before(): Span {
    const { from, to } = this.asked;
    return { from: from - (to - from), to: from };
  }

  /** Rows of a table, with the filters that its columns allow; without `measures`, only requests. */
  read<Name extends TableName, Dimension extends DimensionOf<Name>>(
    table: Name,
    by: readonly Dimension[],
    more: ReadOptions<Name> = {},
  ): Promise<readonly HistoryRow<Dimension>[]> {
    const { span = this.asked, where = {}, measures = ["requests"], ...rest } = more;
    const query = {
      table,
      by,
      from: span.from,
      // The period with `to` counts, too.
      to: span.to - 1,
      where: { ...this.#filtersOf(table), ...where } as ReadOptions<Name>["where"],
      measures,
      ...rest,
    };
    const name = JSON.stringify(query);
    let found = this.#read.get(name);
    if (found === undefined) this.#read.set(name, (found = this.#reader.read(query)));
    return found;
  }

  /** As `read`, for the period before; no rows if there is no comparison. */
  async readBefore<Name extends TableName, Dimension extends DimensionOf<Name>>(
    table: Name,
    by: readonly Dimension[],
    more: ReadOptions<Name> = {},
  ): Promise<readonly HistoryRow<Dimension>[]> {
    return this.asked.isCompared ? this.read(table, by, { ...more, span: this.before }) : [];
  }

  #filtersOf(table: TableName): Partial<Record<Filter, string>> {
    const entries = Object.entries(this.asked.filters) as [Filter, string][];
    return Object.fromEntries(entries.filter(([name]) => allowsFilter(table, name)));
  }
}

interface ReadOptions<Name extends TableName> {
  readonly span?: Span;
  readonly where?: Partial<Record<DimensionOf<Name>, string | readonly string[]>> | undefined;
  readonly step?: "minute" | "hour" | "day";
  readonly measures?: readonly Measure[];
  readonly order?: Measure;
  readonly limit?: number;
}

/** Whether the rows of a table have the value that a filter names. */
export function allowsFilter(table: TableName, filter: Filter): boolean {
  return (TABLES[table] as readonly string[]).includes(filter);
}

/** The filters of a request that a panel can't apply. */
export function ignoredFilters({ source }: Panel, { filters }: DashboardRequest): string[] {
  return (Object.keys(filters) as Filter[])
    .filter((name) => !allowsFilter(source, name))
    .map((name) => FILTERS[name].toLowerCase());
}

/** The name of a row's value, if requests have none. */
export function named(value: string, none = "none"): string {
  return value === "" ? none : value;
}

/** The value of requests without a known agent: people, and programs that say nothing of themselves. */
export const NO_AGENT = "no known agent";
