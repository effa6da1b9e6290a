import type { HistoryReader } from "../../telemetry/history/history.ts";
import {
  reportOf,
  type HistoryRange,
  type Report,
  type ReportNumber,
} from "../../telemetry/history/reports.ts";
import type { DimensionOf, TableName } from "../../telemetry/history/tables.ts";
import type { HistoryStep } from "../../store/history.ts";

/** A table that `--by` names. */
export interface Way {
  readonly read: (history: HistoryReader, range: HistoryRange, limit: number) => Promise<Report>;
}

const TRAFFIC: readonly ReportNumber[] = [
  "requests",
  "bytesSent",
  "bytesReceived",
  "meanMilliseconds",
];

function way<Table extends TableName>(
  table: Table,
  by: readonly DimensionOf<Table>[],
  measures: readonly ReportNumber[] = TRAFFIC,
): Way {
  return {
    read: async (history, range, limit) =>
      reportOf(await history.read({ table, ...range, by, limit }), by, measures),
  };
}

/** Requests over time; `time` is the start of the period. */
function overTime(step: HistoryStep): Way {
  return {
    async read(history, range, limit) {
      const rows = await history.read({ table: "requests", ...range, step, by: [], limit });
      const { columns, rows: numbers } = reportOf(rows, [], TRAFFIC);
      const times = rows.map(({ at }) => new Date(at * 1000).toISOString());
      return {
        columns: ["time", ...columns],
        rows: numbers.map((row, i) => Object.assign({ time: times[i] ?? "" }, row)),
      };
    },
  };
}

/** The tables of `--by`, by name. */
export const WAYS: ReadonlyMap<string, Way> = new Map([
  ["agent", way("requests", ["agent", "verdict"])],
  ["operator", way("requests", ["operator"])],
  ["category", way("requests", ["category"])],
  ["behaviour", way("requests", ["behaviours"])],
  ["evidence", way("requests", ["verdict", "evidence"])],
  ["status", way("requests", ["status"])],
  ["cache", way("requests", ["cache"])],
  ["path", way("paths", ["path"])],
  ["pattern", way("patterns", ["pattern"])],
  ["type", way("paths", ["type"])],
  ["host", way("hosts", ["host"])],
  ["rule", way("decisions", ["feature", "rule", "mode", "action"], ["requests"])],
  ["redirect", way("redirects", ["path", "target", "outcome"], ["requests"])],
  ["referrer", way("referrals", ["referrerClass", "referrer"], ["requests"])],
  ["dictionary", way("dictionaries", ["group", "outcome", "reason"], ["requests", "bytesSent"])],
  ["charge", way("charges", ["agent", "rule", "currency"], ["requests", "chargedMicros"])],
  ["origin", way("origin", ["status", "fault"], ["requests", "originRequests", "originDuration"])],
  ["minute", overTime("minute")],
  ["hour", overTime("hour")],
  ["day", overTime("day")],
]);

export function readBy(
  { read }: Way,
  history: HistoryReader,
  range: HistoryRange,
  limit: number,
): Promise<Report> {
  return read(history, range, limit);
}
