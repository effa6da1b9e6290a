import type { FeatureList } from "../feature/define.ts";
import { bindingMismatches } from "../rules/bindings.ts";
import { withoutByteOrderMark } from "../rules/document.ts";
import {
  quote,
  toPointer,
  visible,
  type Fault,
  type Remark,
  type Warning,
} from "../rules/fault.ts";
import { RUNTIMES, type RuntimeName } from "../rules/runtime-warnings.ts";
import type { ValidRules } from "../rules/warn.ts";
import { workerBindings, type WorkerBinding } from "../rules/worker-bindings.ts";
import { findRemarks } from "../rules/warnings.ts";
import { decideUnruled } from "../runtime/unruled.ts";
import { readFeatures } from "./operator-module.ts";
import { isOnWeb } from "../http/target.ts";
import { checkOrigin, MOST_PAGES, type CheckedResponse } from "./check-origin.ts";
import { checkRobots } from "./robots/check.ts";
import { count, formatRemark, wrap, type Severity } from "./remarks.ts";
import { pathBeside, readRulesFile, readText } from "./rules-file.ts";
import { originCa, originCas } from "./secrets.ts";
import { parseArguments, UsageError, wrongValue, type Command } from "./usage.ts";

/** The faults and warnings of one file, a rules file or the bot table that it names. */
interface Report {
  readonly file: string;
  readonly text: string;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Warning[];
  readonly notes: readonly Warning[];
  readonly isTable: boolean;
  /** The bindings of a Worker, if the rules are for one. */
  readonly bindings?: readonly WorkerBinding[];
  /** The responses of the origin server, if it was asked. */
  readonly responses?: readonly CheckedResponse[];
}

/** `wayleave check`: reports faults in rules, and likely mistakes. */
export const check: Command = {
  summary: "finds faults in rules files",
  help: `wayleave check [FILE…] [--runtime workers|node] [--origin URL [--page PATH]…]
               [--json]

Validates rules files and the bot tables that they name
(default: rules/default.jsonc). The proxy does not start with faults. A running
proxy ignores rules with faults and uses the last valid ones. A Worker without
valid rules responds with 503, except for robots.txt and health, if the faulty
rules have a key "access"; otherwise it forwards requests without any rule.
Warnings name rules that probably do not do what you want. Notes tell which bots
of several behaviours a rule hits or spares, if its "exceptBehaviour" decides.

  --runtime NAME   the runtime that will use the rules: workers or node
                   (default: both; each warning names its runtime); with
                   workers, lists the bindings that the rules use, those that
                   wrangler.jsonc lacks, and what is lost without them
  --features FILE  a module with the list of features (docs/features.md)
  --origin URL     also requests the home page and its scripts and styles from
                   this origin server, 24 responses at most, and warns of
                   those that can't have dictionaries, with the remedy
  --page PATH      instead of the home page, these pages (8 at most)
  --json           {"faults":[{"pointer","line","column","code","message"}],
                   "warnings":[…],"notes":[…]}, with "file" too if several
                   files are read; with --runtime workers, also "bindings":
                   [{"name","kind","missingIn","without"}]; with --origin,
                   also "responses": [{"target","status","reason"}]

Exit code 1 with faults or if the origin server does not respond, 0 with
warnings only, 2 if a file can't be read.
`,
  async run({ argv, out, color }) {
    const { values, positionals } = parseArguments(argv, {
      json: { type: "boolean", default: false },
      runtime: { type: "string" },
      features: { type: "string" },
      origin: { type: "string" },
      page: { type: "string", multiple: true },
    });
    const runtimes = RUNTIMES.filter(
      (each) => values.runtime === undefined || values.runtime === each,
    );
    if (runtimes.length === 0) {
      throw wrongValue("--runtime", '"workers" or "node"', values.runtime);
    }
    const features = await readFeatures(values.features);
    const files = [...new Set(positionals)];
    const named = files.length === 0 ? [undefined] : files;
    const read = named.map((file) => checkFile(file, runtimes, features));
    const reports = await withOrigin(read, values, features);
    const closes = (each: Report): boolean =>
      each.faults.length > 0 && decideUnruled(each.text, features) === "closed";
    const isClosed = runtimes.includes("workers") && reports.some(closes);
    out(values.json ? toJson(reports, files.length > 1) : toText(reports, color, isClosed));
    return reports.some(({ faults }) => faults.length > 0) ? 1 : 0;
  },
};

/** Adds the warnings about responses of the origin server to those about the one file. */
async function withOrigin(
  reports: readonly Report[],
  { origin, page: pages }: { readonly origin?: string; readonly page?: string[] },
  features: FeatureList,
): Promise<readonly Report[]> {
  if (origin === undefined) {
    if (pages !== undefined) throw new UsageError("--page needs --origin");
    return reports;
  }
  const [report, ...others] = reports;
  if (report === undefined || others.length > 0) throw new UsageError("--origin needs one file");
  const url = URL.parse(origin);
  if (!isOnWeb(url) || url.pathname !== "/" || url.search !== "") {
    throw wrongValue("--origin", "an origin such as https://www.example.com", origin);
  }
  if (pages !== undefined && pages.length > MOST_PAGES) {
    throw new UsageError(`--page can be given ${MOST_PAGES} times`);
  }
  const { read } = readRulesFile(report.isTable ? undefined : report.file, features);
  if (report.faults.length > 0 || read.kind !== "valid") return reports;
  const found = await checkOrigin(read, report.file, url.origin, pages ?? ["/"]);
  const warnings = [...report.warnings, ...found.warnings];
  return [{ ...report, warnings, responses: found.responses }];
}

function checkFile(
  path: string | undefined,
  runtimes: readonly RuntimeName[],
  features: FeatureList,
): Report {
  const { file, text: raw, read } = readRulesFile(path, features);
  const text = withoutByteOrderMark(raw);
  if (read.kind === "valid") {
    const robots = checkRobots(read);
    const { warnings: found, notes: remarks } = findRemarks(read, runtimes);
    const notes = [...remarks, ...robots.notes];
    const warnings = [
      ...found,
      ...warnOfCertificates(read, file, runtimes),
      ...warnOfBindings(read, file, runtimes),
      ...robots.warnings,
    ].toSorted((a, b) => a.line - b.line || a.column - b.column);
    const report = { file, text, faults: robots.faults, warnings, notes, isTable: false };
    const isForWorker = runtimes.length === 1 && runtimes[0] === "workers";
    return isForWorker
      ? { ...report, bindings: workerBindings(read, deploymentOf(file) ?? "{}") }
      : report;
  }
  const { table, faults } = read;
  const none = { warnings: [], notes: [] };
  if (table === undefined) return { file, text, faults, ...none, isTable: false };
  const named = pathBeside(file, table);
  return { file: named, text: readText(named) ?? "", faults, ...none, isTable: true };
}

/** The text of wrangler.jsonc, beside the rules or in the folder above. */
function deploymentOf(file: string): string | undefined {
  const names = ["wrangler.jsonc", "../wrangler.jsonc"];
  return names.flatMap((name) => readText(pathBeside(file, name)) ?? [])[0];
}

/** Warns of bindings that differ from wrangler.jsonc. */
function warnOfBindings(
  read: ValidRules,
  file: string,
  runtimes: readonly RuntimeName[],
): readonly Warning[] {
  if (!runtimes.includes("workers")) return [];
  const text = deploymentOf(file);
  if (text === undefined) return [];
  return bindingMismatches(read, text).map(({ warning }) => warning);
}

/** Warns if the proxy does not start on Node because of the certificates of an origin server. */
function warnOfCertificates(
  { rules, places }: ValidRules,
  file: string,
  runtimes: readonly RuntimeName[],
): Warning[] {
  if (!runtimes.includes("node")) return [];
  const named = Object.entries(rules.origins).map(([name, entry]) => ({
    path: ["origins", name, "ca"],
    read: (): unknown => originCas({ ...rules, origins: { [name]: entry } }, file),
  }));
  const all = [{ path: ["originCa"], read: (): unknown => originCa(rules, file) }, ...named];
  return all.flatMap(({ path, read }) => {
    try {
      read();
      return [];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const message = `on Node, the proxy does not start: ${error.message}`;
      return [{ pointer: toPointer(path), ...places.key(path), code: "runtime", message }];
    }
  });
}

function toJson(reports: readonly Report[], several: boolean): string {
  const list = (remarksOf: (report: Report) => readonly Remark<string>[]) =>
    reports.flatMap((report) => {
      const remarks = remarksOf(report);
      if (!several && !report.isTable) return remarks;
      return remarks.map((remark) => Object.assign({ file: report.file }, remark));
    });
  const all = {
    faults: list((each) => each.faults),
    warnings: list((each) => each.warnings),
    notes: list((each) => each.notes),
    ...(reports.some(({ bindings }) => bindings !== undefined) && {
      bindings: reports.flatMap(({ file, bindings = [] }) =>
        bindings.map((each) => (several ? { file, ...each } : each)),
      ),
    }),
    ...(reports.some(({ responses }) => responses !== undefined) && {
      responses: reports.flatMap(({ responses = [] }) =>
        responses.map(({ target, status, reason }) => ({ target, status, reason })),
      ),
    }),
  };
  return `${JSON.stringify(all, undefined, 2)}\n`;
}

/** A binding for people, e.g. "missing: INDEX (KV), without which …". */
function toLine({ name, kind, missingIn, without }: WorkerBinding): string {
  if (missingIn.length === 0) return `there: ${visible(name)} (${kind})`;
  const where = missingIn.filter((each) => each !== "").map((each) => quote(each));
  const places = where.length > 0 ? ` in ${where.join(", ")}` : "";
  return `missing${places}: ${visible(name)} (${kind}); without it, ${without}`;
}

/** The effect of faults in rules about access, if there are no valid rules. */
const CLOSED =
  "A Worker that has never had valid rules would answer 503 to all requests except those for robots.txt and health, since the rules are about access.";

function toText(reports: readonly Report[], color: boolean, isClosed: boolean): string {
  const show = (severity: Severity, remarks: readonly Remark<string>[], report: Report) => {
    const lines = report.text.split(/\r\n|\r|\n/);
    return remarks.map((remark) => formatRemark(severity, report.file, remark, lines, color));
  };
  const texts = reports.flatMap((report) => [
    ...show("fault", report.faults, report),
    ...show("warning", report.warnings, report),
    ...show("note", report.notes, report),
    ...(report.bindings ?? []).map((binding) => `${wrap(toLine(binding))}\n`),
  ]);
  const faults = reports.flatMap((report) => report.faults).length;
  const warnings = reports.flatMap((report) => report.warnings).length;
  const names = reports.map(({ file }) => file).join(", ");
  const where = reports.length === 1 ? names : count(reports.length, "file");
  const effect = isClosed ? [wrap(CLOSED), "\n"] : [];
  const sums = `${count(faults, "fault")}, ${count(warnings, "warning")}`;
  const responses = reports.flatMap((report) => report.responses ?? []);
  const without = responses.filter(({ reason }) => reason !== undefined).length;
  const asked = `${count(responses.length, "response")} of the origin server, ${without} without a dictionary`;
  if (responses.length > 0) effect.push(wrap(asked), "\n");
  return [...texts, ...effect, wrap(`${visible(where)}: ${sums}`), "\n"].join("");
}
