import type { Measure } from "../../store/history.ts";
import type { HistoryReader, HistoryRow } from "./history.ts";
import { NOBODY } from "./tables.ts";

/** A range of time: seconds since the epoch. */
export interface HistoryRange {
  readonly from: number;
  readonly to: number;
}

/** A table as statistics show it: each row has the columns' values and numbers. */
export interface Report {
  /** Columns with texts, then those with numbers. */
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** A named section of the statistics. */
export interface Section {
  readonly name: string;
  readonly title: string;
  readonly note?: string;
  read(history: HistoryReader, range: HistoryRange, limit: number): Promise<Report>;
}

/** A number of a report: a measure, or the mean duration of a request. */
export type ReportNumber = Measure | "meanMilliseconds";

/** Makes a report of rows: the columns of their keys, then chosen numbers. */
export function reportOf(
  rows: readonly HistoryRow[],
  by: readonly string[],
  numbers: readonly ReportNumber[] = ["requests", "bytesSent"],
): Report {
  const flat = rows.map((row) =>
    Object.assign(
      { ...row.key },
      Object.fromEntries(numbers.map((name) => [name, Math.round(numberOf(row, name))])),
    ),
  );
  return { columns: [...by, ...numbers], rows: flat };
}

function numberOf(row: HistoryRow, name: ReportNumber): number {
  if (name !== "meanMilliseconds") return row[name];
  return row.requests === 0 ? 0 : row.duration / row.requests;
}

/** The sections of `wayleave stats`, in their order. */
export const SECTIONS: readonly Section[] = [
  {
    name: "agents",
    title: "Agents that came",
    async read(history, range, limit) {
      const by = ["agent", "operator", "category", "verdict"] as const;
      return reportOf(await history.read({ table: "requests", ...range, by, limit }), by);
    },
  },
  {
    name: "taken",
    title: "Paths that agents requested most",
    async read(history, range, limit) {
      const by = ["path", "code"] as const;
      const rows = await history.read({ table: "paths", ...range, by: ["path", "code", "agent"] });
      return reportOf(
        summedWithout(rows, by, ({ agent }) => agent !== NOBODY, limit),
        by,
      );
    },
  },
  {
    name: "answers",
    title: "Answers to agents, by status",
    async read(history, range, limit) {
      const by = ["agent", "status"] as const;
      const rows = await history.read({ table: "requests", ...range, by });
      return reportOf(rows.filter(({ key }) => key.agent !== NOBODY).slice(0, limit), by);
    },
  },
  {
    name: "actions",
    title: "Actions of features, by rule",
    async read(history, range, limit) {
      const by = ["feature", "rule", "mode", "action", "reason"] as const;
      const rows = await history.read({ table: "decisions", ...range, by, limit });
      return reportOf(rows, by, ["requests"]);
    },
  },
  {
    name: "saved",
    title: "Bytes that were not sent",
    read: readSaved,
  },
  {
    name: "unfetched",
    title: "Pages that visitors fetched and no agent did",
    read: readUnfetched,
  },
  {
    name: "missing",
    title: "Addresses that agents requested and that do not exist (404, 410)",
    note: "A redirect from such an address brings an agent to the page that it looks for.",
    async read(history, range, limit) {
      const by = ["path", "agent", "status"] as const;
      const rows = await history.read({ table: "missing", ...range, by, limit });
      return reportOf(rows, by, ["requests"]);
    },
  },
  {
    name: "impostors",
    title: "Impostors: refuted claims to be a known agent",
    async read(history, range, limit) {
      const by = ["agent", "verdict", "network"] as const;
      const rows = await history.read({ table: "impostors", ...range, by, limit });
      return reportOf(rows, by, ["requests"]);
    },
  },
  {
    name: "violations",
    title: "Requests that robots.txt forbids the agent",
    async read(history, range, limit) {
      const by = ["agent", "verdict", "path"] as const;
      const rows = await history.read({ table: "violations", ...range, by, limit });
      return reportOf(rows, by, ["requests"]);
    },
  },
  {
    name: "observed",
    title: "What rules in observe mode would have done",
    async read(history, range, limit) {
      const by = ["feature", "rule", "action", "agent"] as const;
      const where = { mode: "observe" };
      const rows = await history.read({ table: "decisions", ...range, by, where, limit });
      return reportOf(rows, by, ["requests"]);
    },
  },
  {
    name: "revenue",
    title: "Charges, by agent and currency",
    async read(history, range, limit) {
      const by = ["agent", "currency"] as const;
      const rows = await history.read({ table: "charges", ...range, by, limit });
      return reportOf(rows, by, ["requests", "chargedMicros"]);
    },
  },
  {
    name: "referrals",
    title: "Visitors that assistants and search engines sent",
    async read(history, range, limit) {
      const by = ["referrerClass", "referrer", "pattern"] as const;
      const rows = await history.read({ table: "referrals", ...range, by, limit });
      return reportOf(rows, by, ["requests"]);
    },
  },
];

const SAVERS = [
  ["markdown", "savedByMarkdown"],
  ["coding", "savedByCoding"],
  ["delta", "savedByDelta"],
  ["cache", "savedByCache"],
] as const;

async function readSaved(history: HistoryReader, range: HistoryRange): Promise<Report> {
  const [sum] = await history.read({ table: "requests", ...range, by: [] });
  const rows = SAVERS.map(([by, measure]) => ({ by, bytes: Math.round(sum?.[measure] ?? 0) }));
  return { columns: ["by", "bytes"], rows };
}

async function readUnfetched(
  history: HistoryReader,
  range: HistoryRange,
  limit: number,
): Promise<Report> {
  const by = ["path", "agent"] as const;
  const where = { code: "2xx", type: ["text/html", "application/xhtml+xml", "text/markdown"] };
  const rows = await history.read({ table: "paths", ...range, by, where });
  const fetched = new Set(
    rows.filter(({ key }) => key.agent !== NOBODY).map(({ key }) => key.path),
  );
  const alone = rows.filter(({ key }) => !fetched.has(key.path)).slice(0, limit);
  return reportOf(alone, ["path"], ["requests"]);
}

/** Sums up the rows that match by some of their columns, the largest first. */
function summedWithout(
  rows: readonly HistoryRow[],
  by: readonly string[],
  matches: (key: Readonly<Record<string, string>>) => boolean,
  limit: number,
): HistoryRow[] {
  const sums = new Map<string, HistoryRow & { requests: number; bytesSent: number }>();
  for (const row of rows) {
    if (!matches(row.key)) continue;
    const key = Object.fromEntries(by.map((name) => [name, row.key[name] ?? ""]));
    const name = JSON.stringify(key);
    const known = sums.get(name);
    if (known === undefined) sums.set(name, { ...row, key });
    else {
      known.requests += row.requests;
      known.bytesSent += row.bytesSent;
    }
  }
  return [...sums.values()].toSorted((a, b) => b.requests - a.requests).slice(0, limit);
}
