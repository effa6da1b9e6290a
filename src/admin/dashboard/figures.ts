import type { HistoryReader } from "../../telemetry/history/history.ts";
import type { TableName } from "../../telemetry/history/tables.ts";

/** The source of the dashboard's figures. */
export interface FigureSource {
  readonly reader: HistoryReader;
  /** Seconds for which days are stored. */
  readonly retention: number;
  /** Whether figures are estimated from a sample, as those of Analytics Engine. @default false */
  readonly isSampled?: boolean;
  /** Whether it has the figures of a table. @default it has all */
  readonly has?: (table: TableName) => boolean;
}
