import { statSync } from "node:fs";
import { readFeatures } from "../operator-module.ts";
import { now } from "../../timing/duration.ts";
import { silentLog } from "../../telemetry/log.ts";
import { openStoreToRead } from "../node-store.ts";
import { parseStoreChoice } from "../store-choice.ts";
import { loadRulesFile, pathBeside, readText } from "../rules-file.ts";
import {
  CommandFailure,
  onlyOne,
  parseArguments,
  UsageError,
  type Command,
  type CommandContext,
} from "../usage.ts";
import { detectFormat, FORMAT_NAMES, namedFormat } from "./formats/detect.ts";
import type { LineFormat } from "./logged-request.ts";
import { Differences } from "./differences.ts";
import { machineNames, openNames } from "./names.ts";
import { ReplayProgress } from "./progress.ts";
import { linesOf, readLog } from "./read-lines.ts";
import { formatReport, toCsv, toJson, type ReplayReport } from "./report.ts";
import { replayLines, type Sides } from "./run.ts";
import { siteFor } from "./site.ts";
import { ReplayTally } from "./tally.ts";
import { judges, unjudgedOf } from "./unjudged.ts";
import { World } from "./world.ts";

/** `wayleave replay`: the results that rules would have had for the requests of a log. */
export const replay: Command = {
  summary: "says what rules would have done with the requests of a log",
  help: `wayleave replay LOG [--rules FILE] [--against FILE] [options]

Sends each request of a log through the rules, in memory, and counts per agent
what they would have done. Reads gzip and zstd; LOG is - for standard input.

  --rules FILE    the rules (default: rules/default.jsonc)
  --against FILE  other rules: prints only the differences to them, with examples
  --format F      one of ${FORMAT_NAMES.slice(0, 4).join(", ")},
                  ${FORMAT_NAMES.slice(4).join(", ")}, or the format string
                  of nginx (with $) or Apache (with %); default: found out
  --site URL      the site, if the log has no host (default: "publicOrigin" of the
                  rules, else the first of "hosts")
  --names FILE    names of addresses, as JSON: {"66.249.66.1":["crawl-….googlebot.com"]}
  --resolve       looks up the names that --names lacks by DNS, and writes them there
  --store URL     a store of the proxy, for the operators' address lists in it
  --features FILE a module with the list of features (docs/features.md)
  --json          the whole report;  --csv  its table

Claims are verified by address lists and names. If neither is at hand, the report
has both cases: as claims, and as if they were true. A line at the end says for
each feature what a log can't tell.

Exit code 1 if no line of the log can be read, or the log is damaged.
`,
  async run(context) {
    const { values, positionals } = parseArguments(context.argv, OPTIONS);
    const file = onlyOne(positionals, "name one log, or - for standard input");
    if (values.json && values.csv) throw new UsageError("--json and --csv exclude each other");
    if (values.resolve && values.names === undefined)
      throw new UsageError("--resolve needs --names FILE, in which it stores the names");
    const features = await readFeatures(values.features);
    const loaded = loadRulesFile(values.rules, features);
    const site = siteFor(values.site, loaded);
    const names =
      values.names === undefined
        ? undefined
        : openNames(values.names, values.resolve ? machineNames() : undefined);
    const store =
      values.store === undefined
        ? undefined
        : await openStoreToRead(parseStoreChoice(values.store), { now, log: silentLog });
    const worldOf = ({ file: at, ...rules }: typeof loaded) =>
      World.create({
        ...rules,
        readList: (path) => readText(pathBeside(at, path)),
        dns: names?.dns,
        lists: store?.index,
        now,
      });
    const judge = judges(features);
    const sides: Sides = {
      world: await worldOf(loaded),
      tally: new ReplayTally(judge),
      against:
        values.against === undefined
          ? undefined
          : {
              world: await worldOf(loadRulesFile(values.against, features)),
              differences: new Differences(judge),
            },
    };
    const given = values.format === undefined ? undefined : namedFormat(values.format);
    try {
      const { facts, format } = await replayFile(file, context, { given, sides, site });
      const report: ReplayReport = {
        log: facts,
        agents: sides.tally.rows(),
        unjudged: unjudgedOf(loaded.rules, features, format),
        differences: sides.against?.differences.list(),
      };
      context.out(print(report, values, context.color));
    } finally {
      names?.save();
      store?.close?.();
    }
    return 0;
  },
};

const OPTIONS = {
  rules: { type: "string" },
  against: { type: "string" },
  format: { type: "string" },
  site: { type: "string" },
  names: { type: "string" },
  resolve: { type: "boolean", default: false },
  store: { type: "string" },
  features: { type: "string" },
  json: { type: "boolean", default: false },
  csv: { type: "boolean", default: false },
} as const;

interface Work {
  readonly given: LineFormat | undefined;
  readonly sides: Sides;
  readonly site: ReturnType<typeof siteFor>;
}

/** Reads the whole log. Throws a CommandFailure if its format is not known or no line can be read. */
async function replayFile(file: string, context: CommandContext, { given, sides, site }: Work) {
  const size = file === "-" ? undefined : statSync(file).size;
  const progress = new ReplayProgress(context, size);
  const lines = linesOf(readLog(file, context.input, (bytes) => progress.read(bytes)));
  const first: string[] = [];
  // Not a loop over the generator, which would close it.
  while (first.length < (given === undefined ? LOOKED_AT : 1)) {
    const { value, done } = await lines.next();
    if (done === true) break;
    first.push(...value);
  }
  const format = given ?? detectFormat(first.filter((line) => line !== "").slice(0, LOOKED_AT));
  if (format === undefined) {
    if (first.length === 0) throw new CommandFailure(`${file} is empty`);
    throw new CommandFailure(
      `the format of ${file} is not known: name it with --format (${FORMAT_NAMES.join(", ")}, or a format string)`,
    );
  }
  const facts = await replayLines(format, afterFirst(first, lines), sides, site, progress);
  progress.end();
  if (facts.requests === 0 && facts.faults.first !== undefined) {
    const { line, why } = facts.faults.first;
    throw new CommandFailure(
      `no line of ${file} can be read as ${format.name}; line ${line}: ${why}`,
    );
  }
  return { facts: { file, format: format.name, ...facts }, format };
}

/** Lines by which the format is found. */
const LOOKED_AT = 50;

async function* afterFirst(first: string[], rest: AsyncGenerator<string[]>) {
  yield first;
  yield* rest;
}

function print(
  report: ReplayReport,
  { json, csv }: { readonly json: boolean; readonly csv: boolean },
  color: boolean,
): string {
  if (json) return toJson(report);
  return csv ? toCsv(report) : formatReport(report, color);
}
