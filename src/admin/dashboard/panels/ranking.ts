import type { Measure } from "../../../store/history.ts";
import type { HistoryRow } from "../../../telemetry/history/history.ts";
import type { DimensionOf, TableName } from "../../../telemetry/history/tables.ts";
import { changeOf, type CellKind } from "../format.ts";
import { named, type Figures, type PanelData } from "../panel.ts";
import type { FigureCell, Column } from "../figure-table.ts";

interface RankingOptions<Name extends TableName, Dimension extends DimensionOf<Name>> {
  readonly by: readonly (readonly [dimension: Dimension, title: string, none?: string])[];
  /** The numbers besides requests. @default none */
  readonly more?: readonly (readonly [measure: Measure, title: string, kind: CellKind])[];
  readonly where?: Partial<Record<DimensionOf<Name>, string | readonly string[]>>;
  /** Only some of the rows. @default all */
  readonly only?: (key: Readonly<Record<Dimension, string>>) => boolean;
  /** @default 25 */
  readonly limit?: number;
  /** The name of one counted request. @default "Requests" */
  readonly counts?: string;
}

/** Rows that are read for a table that shows only some of them. */
export const READ = 400;

/** The most frequent values of some columns, with their share and the change since the period before. */
export async function ranking<Name extends TableName, Dimension extends DimensionOf<Name>>(
  figures: Figures,
  table: Name,
  options: RankingOptions<Name, Dimension>,
): Promise<PanelData> {
  const { by, more = [], where, only = () => true, limit = 25, counts = "Requests" } = options;
  const dimensions = by.map(([dimension]) => dimension);
  const measures = ["requests", ...more.map(([measure]) => measure)] as const;
  const [rows, before] = await Promise.all([
    figures.read(table, dimensions, { ...(where && { where }), measures, limit: READ }),
    figures.readBefore(table, dimensions, { where, limit: READ }),
  ]);
  const keyOf = (key: Readonly<Record<Dimension, string>>): string =>
    JSON.stringify(dimensions.map((dimension) => key[dimension]));
  const earlier = new Map(before.map(({ key, requests }) => [keyOf(key), requests]));
  const found = rows.filter(({ key }) => only(key));
  const total = found.reduce((sum, { requests }) => sum + requests, 0);
  const columns: Column[] = [
    ...by.map(([name, title]) => ({ name, title, kind: "text" as const })),
    { name: "requests", title: counts, kind: "count", hasBar: true },
    { name: "share", title: "Share", kind: "share" },
    ...(figures.asked.isCompared ? COMPARED : []),
    // The table has units of the currency, not millionths.
    ...more.map(([name, title, kind]) => ({
      name: kind === "money" ? "amount" : name,
      title,
      kind,
    })),
  ];
  const rowOf = (row: HistoryRow<Dimension>): FigureCell[] => {
    const was = earlier.get(keyOf(row.key));
    return [
      ...by.map(([dimension, , none]) => named(row.key[dimension], none)),
      row.requests,
      total === 0 ? null : row.requests / total,
      ...(figures.asked.isCompared ? [was ?? 0, changeOf(row.requests, was)] : []),
      ...more.map(([measure, , kind]) => row[measure] / (kind === "money" ? 1_000_000 : 1)),
    ];
  };
  return { table: { columns, rows: found.slice(0, limit).map(rowOf) } };
}

const COMPARED: readonly Column[] = [
  { name: "before", title: "Period before", kind: "count" },
  { name: "change", title: "Change", kind: "change" },
];
