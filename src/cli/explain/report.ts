import type { Summary } from "../../telemetry/trace/summary.ts";
import type { StageTrace, Trace } from "../../telemetry/trace/trace.ts";
import { explainEvidence } from "../../telemetry/trace/agent-trace.ts";
import { quote } from "../../rules/fault.ts";
import type { Bot } from "../../agent/bots.ts";
import type { RulesFile } from "../../rules/schema.ts";
import { beside, columnFor, paintWith, wrap, COLUMNS, type Paint } from "../layout.ts";

/** The origin server that gets a request. */
export interface ReportedOrigin {
  /** In `origins` of the rules, or "default". */
  readonly name: string;
  readonly urls: readonly string[];
}

interface ReportSource {
  readonly trace: Trace;
  readonly summaries: readonly Summary[];
  /** The trace with `observe` changed to `enforce`; undefined if nothing is observed. */
  readonly enforced: Trace | undefined;
  readonly rules: RulesFile;
  readonly bots: readonly Bot[];
  /** Undefined if the rules name no origin servers. */
  readonly origin: ReportedOrigin | undefined;
}

/** Formats a trace for people, in 80 columns, with the most important part first. */
export function formatReport(source: ReportSource, color: boolean): string {
  const paint = paintWith(color);
  const { trace } = source;
  const sections = [
    head(source, paint),
    section("Who", who(source), paint),
    section("Rules", rulesOf(source), paint),
    section("Decisions", decisions(trace, paint), paint),
    section("Answer", answer(source), paint),
  ];
  return `${sections.join("\n\n")}\n`;
}

function section(title: string, lines: readonly string[], paint: Paint): string {
  return [paint.bold(title), ...lines].join("\n");
}

function head({ trace, summaries }: ReportSource, paint: Paint): string {
  const { request, answer: got } = trace;
  const title = wrap(`${request.method} ${request.url} → ${got.status}`, COLUMNS);
  const at = columnFor(summaries.map(({ feature }) => feature));
  const style = { done: paint.good, would: paint.good, failed: paint.bad, not: paint.bold };
  const lines = grouped(summaries).map(({ features, outcome, says, by, todo }) => {
    const painted = outcome === "off" ? paint.dim : style[outcome];
    const line = beside(features.join(", "), `${says} (${by})`, at, painted);
    return todo === undefined ? line : `${line}\n${paint.dim(beside("", `→ ${todo}`, at))}`;
  });
  return [...title.map((line) => paint.bold(line)), "", ...lines].join("\n");
}

/** Groups features that are off for the same reason, and puts them last. */
function grouped(summaries: readonly Summary[]): (Summary & { features: string[] })[] {
  const groups: (Summary & { features: string[] })[] = [];
  const off = summaries.filter(({ outcome }) => outcome === "off");
  for (const each of [...summaries.filter(({ outcome }) => outcome !== "off"), ...off]) {
    const same = groups.find(({ says, by }) => says === each.says && by === each.by);
    if (each.outcome === "off" && same !== undefined) same.features.push(each.feature);
    else groups.push({ ...each, features: [each.feature] });
  }
  return groups;
}

function who({ trace: { agent, request }, bots }: ReportSource): string[] {
  const { name, operator, category, behaviours = [] } = agent;
  const does = behaviours.length === 0 ? "no listed behaviour" : behaviours.join(" and ");
  const known = name === undefined ? "" : `: ${name} of ${operator}, ${category}, ${does}`;
  const lines = [beside("", `${agent.verdict}${known}`, 2)];
  if (agent.alsoNamed !== undefined) {
    const names = agent.alsoNamed.join(", ");
    lines.push(beside("  also", `${names}, by the User-Agent; access takes the strictest`, 15));
  }
  const from = agent.signatureAgent === undefined ? "" : ` (${agent.signatureAgent})`;
  for (const piece of agent.evidence) {
    const counts = piece.counts ? "counts" : "does not count";
    const keysFrom = piece.kind === "signature" && piece.counts ? from : "";
    const address = piece.kind === "address" ? ` (${request.address ?? "none given"})` : "";
    const words = `${counts}: ${explainEvidence(piece, name)}${keysFrom}${address}`;
    lines.push(beside(`  ${piece.kind}`, words, 15));
  }
  const bot = bots.find((each) => each.name === name);
  if (agent.kind === "claimed" && bot !== undefined) {
    lines.push(beside("  proof", provableBy(bot), 15));
  }
  return lines;
}

/** The proof that the bot table provides for a bot. */
function provableBy({ signatureAgents, ipRanges, reverseDns }: Bot): string {
  const ways = [
    ...(signatureAgents.length === 0 ? [] : [`a signature by ${signatureAgents.join(" or ")}`]),
    ...(ipRanges.length === 0 ? [] : [`an address in ${ipRanges.join(" or ")}`]),
    ...(reverseDns.length === 0 ? [] : [`a name under ${reverseDns.join(" or ")}`]),
  ];
  return ways.length === 0
    ? "none: the bot table has no key directory, address list or host name of it"
    : ways.join("; ");
}

const UNPROVEN = "nothing proves the agent's name, so the stricter";

/** Rules that do not match and are shown, at most; --json has more. */
const MOST_SHOWN = 12;

function rulesOf({ trace, rules, origin }: ReportSource): string[] {
  const sentence = "For each feature, the first rule that matches and mentions it decides.";
  const lines = [`  ${sentence}`];
  if (origin !== undefined) {
    const { name, urls } = origin;
    const at = urls.length === 0 ? "" : ` (${urls.join(", ")})`;
    lines.push(beside("  origin server", `${name}${at}`, 17));
  }
  const { features } = trace;
  const decided = (name: string, basis: StageTrace["basis"]) =>
    features.filter((each) => each.rule === name && each.basis === basis);
  let left = 0;
  let shown = 0;
  for (const [index, rule] of rules.rules.entries()) {
    const seen = features.flatMap((each) => each.rules.filter((entry) => entry.index === index));
    const [first] = seen;
    if (first === undefined) continue;
    if (first.outcome === "no-match" && shown++ >= MOST_SHOWN) {
      left++;
      continue;
    }
    const decides = decided(rule.name, "rule").map(({ feature }) => feature);
    const outranked = features.filter(({ rules: of }) =>
      of.some((entry) => entry.index === index && entry.outcome === "outranked"),
    );
    const isDeciding = seen.some(({ outcome }) => outcome === "decides");
    const unproven = features.filter(({ rules: of }) =>
      of.some((entry) => entry.index === index && entry.outcome === "unproven"),
    );
    const parts = [
      first.outcome === "no-match"
        ? `does not match: ${first.because.join("; ")}`
        : `matches; decides ${isDeciding ? decides.join(", ") : "nothing"}`,
      ...unproven.map(({ feature, rule: by }) => `${UNPROVEN} ${quote(by)} decides ${feature}`),
      ...outranked.map(({ feature, rule: by }) => `rule ${quote(by)} already decides ${feature}`),
    ];
    lines.push(beside(`  ${index + 1} ${quote(rule.name)}`, parts.join("; "), 24));
  }
  left += features.reduce((most, { skipped }) => Math.max(most, skipped), 0);
  if (left > 0) lines.push(`  … and ${left} more that do not match`);
  for (const basis of ["defaults", "built-in"] as const) {
    const of = decided(basis, basis).map(({ feature }) => feature);
    const note = basis === "built-in" ? " (all off)" : "";
    if (of.length > 0) lines.push(beside(`  ${basis}`, `decides ${of.join(", ")}${note}`, 24));
  }
  return [...lines, ...readingsOf(features)];
}

/** The readings of an ambiguous path, and the one that counted. */
function readingsOf(features: readonly StageTrace[]): string[] {
  // Features have the same readings, except that some have one more.
  const any = features.toSorted((a, b) => b.readings.length - a.readings.length)[0];
  if (any === undefined || any.readings.length < 2) return [];
  const isAmbiguous = any.readings.filter(({ of }) => of === "path").length > 1;
  if (!isAmbiguous && features.every(({ readings }) => readings[0]?.counts === true)) return [];
  const lines = isAmbiguous
    ? ["  The path can be read in several ways; the strictest outcome counts."]
    : ["  The response is made from another page, whose rule counts if it is stricter."];
  for (const [i, { path, of }] of any.readings.entries()) {
    const counted = features.filter(({ readings }) => readings[i]?.counts === true);
    const names = counted.map(({ feature }) => feature).join(", ");
    const as = of === "page-behind" ? `${path} (page behind)` : `read as ${path}`;
    lines.push(beside(`  ${as}`, names === "" ? "does not count" : `counts for ${names}`, 24));
  }
  return lines;
}

function decisions({ features }: Trace, paint: Paint): string[] {
  const lines: string[] = [];
  for (const { feature, mode, decisions: made } of features) {
    for (const { phase, kind, reason, detail } of made) {
      const observed = mode === "observe" ? ", observed only" : "";
      const facts = Object.entries(detail ?? {}).map(([key, value]) => `${key} ${value}`);
      const more = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
      lines.push(beside(`  ${feature} ${phase}`, `${kind}: ${reason}${observed}${more}`, 31));
    }
  }
  return lines.length === 0 ? [paint.dim("  none: every feature is off")] : lines;
}

function answer({ trace, enforced }: ReportSource): string[] {
  const { status, fields, others, vary, variantKey } = trace.answer;
  const lines = [`  ${status}`];
  for (const [name, value] of fields) lines.push(beside(`  ${name}:`, value, 20));
  for (const name of others) lines.push(`  ${name}: …`);
  lines.push(beside("  varies on", vary.length === 0 ? "nothing" : vary.join(", "), 20));
  lines.push(beside("  variant key", variantKey, 20));
  if (enforced !== undefined) lines.push(...differences(trace, enforced));
  return lines;
}

/** The differences in the response if `observe` became `enforce`. */
function differences(now: Trace, then: Trace): string[] {
  const lines: string[] = [];
  if (now.answer.status !== then.answer.status) {
    lines.push(`    status: ${now.answer.status} → ${then.answer.status}`);
  }
  const before = new Map(now.answer.fields);
  const after = new Map(then.answer.fields);
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old = "(none)", next = "(none)"] = [before.get(name), after.get(name)];
    if (old !== next) lines.push(beside(`    ${name}:`, `${old} → ${next}`, 22));
  }
  const nothing = ["  In enforce: the same response"];
  return lines.length === 0 ? nothing : ["  In enforce, this would differ:", ...lines];
}
