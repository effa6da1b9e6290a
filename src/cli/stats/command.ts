import { join } from "node:path";
import { csvLine } from "../../http/csv.ts";
import { historyReader, retentionOf, type HistoryReader } from "../../telemetry/history/history.ts";
import { mergedReader } from "../../telemetry/history/merged.ts";
import { SECTIONS, type Report } from "../../telemetry/history/reports.ts";
import { now, parseDuration } from "../../timing/duration.ts";
import { openHistoryToRead } from "../node-store.ts";
import { parseStoreChoice } from "../store-choice.ts";
import { parseNumber, parseOptions, UsageError, wrongValue, type Command } from "../usage.ts";
import { readBy, WAYS, type Way } from "./by.ts";
import { readLogs } from "./log-file.ts";
import { reportText, headText } from "./text.ts";

const readValues = (argv: readonly string[]) =>
  parseOptions(argv, {
    since: { type: "string", default: "7d" },
    until: { type: "string", default: "0s" },
    store: { type: "string", multiple: true, default: [] },
    log: { type: "string", multiple: true, default: [] },
    by: { type: "string" },
    top: { type: "string" },
    json: { type: "boolean", default: false },
    csv: { type: "boolean", default: false },
  });

/** `wayleave stats`: statistics of requests, from the history or from logs. */
export const stats: Command = {
  summary: "shows which agents came, and what they got",
  help: `wayleave stats [--since TIME] [--until TIME] [--store STORE]… [--by WHAT] [--top N]
               [--json | --csv]
wayleave stats --log FILE… [the same options]

Agents and their requests, the answers, bytes that were saved, pages that no agent fetched, addresses
that agents did not find, impostors, violations of robots.txt, and what rules in observe mode would
have done: from the history of a proxy on Node, which may be running, or from its access log.

  --since TIME   a duration such as 7d (the default), or a date such as 2026-11-01
  --until TIME   the same; the default is now
  --store STORE  sqlite:PATH, as for wayleave start (default: in .wayleave/data); several files,
                 e.g. those of a fleet's machines, are added up
  --log FILE     an access log in JSON lines (wayleave start --log access), also compressed (.gz);
                 several files are added up
  --by WHAT      one table instead of all: ${[...WAYS.keys()].join(", ")}
  --top N        rows of each table, at most (default: 10; with --json, --csv or --by 1000)
  --csv          the table of --by as CSV
`,
  async run({ argv, env, out, color }) {
    const values = readValues(argv);
    if (values.json && values.csv) throw new UsageError("give either --json or --csv");
    if (values.csv && values.by === undefined) throw new UsageError("--csv needs --by");
    if (values.log.length > 0 && values.store.length > 0) {
      throw new UsageError("give either --log or --store");
    }
    const by = values.by === undefined ? undefined : wayOf(values.by);
    const most = values.json || by !== undefined ? "1000" : "10";
    const top = parseNumber("--top", values.top ?? most, 1, 100_000);
    const range = { from: timeOf("--since", values.since), to: timeOf("--until", values.until) };
    if (range.from >= range.to) throw new UsageError("--since must be before --until");
    const { reader, close } =
      values.log.length > 0
        ? await readLogs(values.log, range)
        : openHistories(values.store, env["STORE_URL"]);
    try {
      if (by !== undefined) {
        const report = await readBy(by, reader, range, top);
        out(values.csv ? csvOf(report) : values.json ? jsonOf(report.rows) : reportText(report));
        return 0;
      }
      const reports = await Promise.all(
        SECTIONS.map(async (section) => [section, await section.read(reader, range, top)] as const),
      );
      if (values.json) {
        const sections = reports.map(([{ name }, { rows }]) => [name, rows] as const);
        out(jsonOf({ ...isoRange(range), ...Object.fromEntries(sections) }));
        return 0;
      }
      out(headText(isoRange(range), color));
      for (const [section, report] of reports) out(reportText(report, section, color));
      return 0;
    } finally {
      close();
    }
  },
};

function wayOf(name: string): Way {
  const way = WAYS.get(name);
  if (way === undefined) throw wrongValue("--by", `one of ${[...WAYS.keys()].join(", ")}`, name);
  return way;
}

/** Seconds since the epoch; a duration counts back from the end of this second. */
function timeOf(option: string, text: string): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return now() + 1 - duration;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw wrongValue(option, "a duration such as 30d, or a date", text);
  return Math.floor(time / 1000);
}

/** A reader, and the end of its use. */
export interface OpenedStats {
  readonly reader: HistoryReader;
  readonly close: () => void;
}

/** Longer than any retention: the reader does not know it. */
const FOREVER = retentionOf(10 * 366 * 86_400);

function openHistories(named: readonly string[], fromEnv: string | undefined): OpenedStats {
  const texts = named.length > 0 ? named : [fromEnv ?? `sqlite:${DEFAULT_STORE}`];
  const stores = texts.map((text) => openHistoryToRead(parseStoreChoice(text), DATA_FOLDER));
  const readers = stores.map((store) => historyReader(store, () => FOREVER, now));
  return {
    reader: mergedReader(readers),
    close: () => {
      for (const store of stores) void store.close?.();
    },
  };
}

const DATA_FOLDER = join(".wayleave", "data");
const DEFAULT_STORE = join(DATA_FOLDER, "wayleave.sqlite");

function isoRange({ from, to }: { from: number; to: number }) {
  return { from: new Date(from * 1000).toISOString(), to: new Date(to * 1000).toISOString() };
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function csvOf({ columns, rows }: Report): string {
  const lines = rows.map((row) => csvLine(columns.map((name) => row[name] ?? "")));
  return csvLine(columns) + lines.join("");
}
