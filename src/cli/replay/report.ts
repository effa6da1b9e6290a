import { beside, columnFor, paintWith, type Paint } from "../layout.ts";
import { csvLine } from "../../http/csv.ts";
import { visible } from "../../rules/fault.ts";
import { wrap } from "../remarks.ts";
import type { RulesDifference } from "./differences.ts";
import type { AgentRow, Outcome } from "./tally.ts";
import type { Unjudged } from "./unjudged.ts";

/** The facts about the log that was read. */
export interface LogFacts {
  readonly file: string;
  readonly format: string;
  /** The site whose host counts for lines without one; undefined if all lines have theirs. */
  readonly site: string | undefined;
  readonly lines: number;
  readonly requests: number;
  /** Requests with a method that the proxy refuses before any rule. */
  readonly refused: number;
  /** Lines that can't be read, with the first of them. */
  readonly faults: { readonly count: number; readonly first: LineFault | undefined };
  /** Milliseconds since the epoch. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export interface LineFault {
  readonly line: number;
  readonly why: string;
}

/** The result of a replay. */
export interface ReplayReport {
  readonly log: LogFacts;
  readonly agents: readonly AgentRow[];
  readonly unjudged: readonly Unjudged[];
  /** Undefined without `--against`. */
  readonly differences: readonly RulesDifference[] | undefined;
}

/** Formats a report for people. */
export function formatReport(report: ReplayReport, color: boolean): string {
  const paint = paintWith(color);
  const { log, agents, differences, unjudged } = report;
  const parts = [
    summaryOf(log),
    differences === undefined
      ? formatAgents(agents, paint)
      : formatDifferences(differences, log.requests, paint),
    ...(unjudged.length === 0 ? [] : [formatUnjudged(unjudged, paint)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function formatUnjudged(unjudged: readonly Unjudged[], paint: Paint): string {
  const at = columnFor(unjudged.map(({ feature }) => feature));
  const lines = unjudged.map(({ feature, why }) => beside(feature, why, at));
  return [paint.bold("Not told by this log:"), ...lines].join("\n");
}

function summaryOf({ file, format, requests, refused, faults, from, to, site }: LogFacts): string {
  const time =
    from === undefined || to === undefined ? "" : `, ${minute(from)} to ${minute(to)} UTC`;
  const lines = [`${visible(file)} (${format}): ${count(requests, "request")}${time}`];
  if (site !== undefined)
    lines.push(`the log has no host: the rules count as for ${visible(site)}`);
  if (refused > 0)
    lines.push(`${count(refused, "request")} refused before any rule, by the method`);
  const { first } = faults;
  if (first !== undefined) {
    const which = `line ${number(first.line)}: ${first.why}`;
    lines.push(`${count(faults.count, "line")} can't be read, first ${which}`);
  }
  return lines.map(wrap).join("\n");
}

function formatAgents(rows: readonly AgentRow[], paint: Paint): string {
  const told = rows.filter((row) => row.case === "logged");
  if (told.length === 0) return "no requests";
  return told
    .map((row) => {
      const head = `${paint.bold(visible(row.agent))} (${evidenceOf(row)}): ${count(row.requests, "request")}, ${bytesOf(row.bytes)}`;
      const other = rows.find((each) => each.case === "if-verified" && each.agent === row.agent);
      const lines = [head, ...outcomesOf(row, paint)];
      if (row.verdict === "claimed" && other !== undefined)
        lines.push(...ifTrue(row, other, paint));
      return lines.join("\n");
    })
    .join("\n");
}

/** The lines for the case that claims are true that the log can't verify. */
function ifTrue(row: AgentRow, other: AgentRow, paint: Paint): string[] {
  const margin = " ".repeat(15);
  if (row.outcomes.size + other.outcomes.size === 0) return [];
  if (isSame(row, other)) return [`${margin}the same if the claims are true`];
  const outcomes = outcomesOf(other, paint);
  const none = `${margin}no rule of access or redirects decides`;
  return [`${margin}if the claims are true:`, ...(outcomes.length === 0 ? [none] : outcomes)];
}

/** Whether both readings of the claims have the same results, whatever their reasons. */
function isSame(a: AgentRow, b: AgentRow): boolean {
  return resultsOf(a) === resultsOf(b);
}

function resultsOf({ outcomes }: AgentRow): string {
  return [...outcomes.values()]
    .map(({ feature, rule, mode, action, requests }) =>
      JSON.stringify([feature, rule, mode, action, requests]),
    )
    .toSorted()
    .join();
}

function evidenceOf({ verdict, evidence }: AgentRow): string {
  return verdict === "verified" && evidence !== undefined ? `verified by ${evidence}` : verdict;
}

function outcomesOf({ outcomes }: AgentRow, paint: Paint): string[] {
  const sorted = [...outcomes.values()].sort((a, b) => b.requests - a.requests);
  return sorted.map((outcome) => {
    const { feature, action, requests, reason } = outcome;
    const label = QUIET.has(action) ? action : paint.doubtful(action);
    return `  ${number(requests).padStart(11)}  ${feature}: ${label}, ${byOf(outcome)} (${reason})`;
  });
}

const QUIET = new Set(["allow", "stay"]);

function byOf({ rule, mode }: Outcome): string {
  const by = rule === "defaults" || rule === "built-in" ? rule : `rule ${JSON.stringify(rule)}`;
  return visible(mode === "observe" ? `${by}, which only observes` : by);
}

function formatDifferences(
  all: readonly RulesDifference[],
  requests: number,
  paint: Paint,
): string {
  if (all.length === 0) return `no differences in ${count(requests, "request")}`;
  return all
    .map(({ agent, case: as, feature, before, after, requests: concerned, examples }) => {
      const claim = as === "if-verified" ? ", if the claims are true" : "";
      const change = `${feature}: ${sideOf(before)} → ${sideOf(after)}`;
      const head = `${number(concerned).padStart(11)}  ${paint.bold(visible(agent))}${claim}; ${change}`;
      const shown = examples.map(
        ({ line, method, path }) =>
          `               line ${number(line)}: ${visible(`${method} ${path}`).slice(0, 100)}`,
      );
      return [head, ...shown].join("\n");
    })
    .join("\n");
}

function sideOf({ action, rule, mode }: RulesDifference["before"]): string {
  const by = rule === "" ? "" : ` by ${visible(JSON.stringify(rule))}`;
  return `${action}${by}${mode === "observe" ? " (observed)" : ""}`;
}

function minute(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

function bytesOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Formats a report as JSON. */
export function toJson({ log, agents, differences, unjudged }: ReplayReport): string {
  const { from, to } = log;
  return `${JSON.stringify(
    {
      log: { ...log, from: isoTime(from), to: isoTime(to) },
      agents: agents.map(({ outcomes, ...row }) => ({ ...row, outcomes: [...outcomes.values()] })),
      differences,
      unjudged,
    },
    undefined,
    2,
  )}\n`;
}

function isoTime(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

/** Formats the results as CSV (RFC 4180): those of agents, or the differences. */
export function toCsv({ agents, differences }: ReplayReport): string {
  const rows: (string | number)[][] =
    differences === undefined
      ? [
          [
            "agent",
            "verdict",
            "evidence",
            "case",
            "feature",
            "rule",
            "mode",
            "action",
            "reason",
            "requests",
            "bytes",
          ],
          ...agents.flatMap((row) =>
            [...row.outcomes.values()].map((each) => [
              row.agent,
              row.verdict,
              row.evidence ?? "",
              row.case,
              each.feature,
              each.rule,
              each.mode,
              each.action,
              each.reason,
              each.requests,
              each.bytes,
            ]),
          ),
        ]
      : [
          ["agent", "case", "feature", "before", "before_rule", "after", "after_rule", "requests"],
          ...differences.map((each) => [
            each.agent,
            each.case,
            each.feature,
            each.before.action,
            each.before.rule,
            each.after.action,
            each.after.rule,
            each.requests,
          ]),
        ];
  return rows.map(csvLine).join("");
}
