import type { Summary } from "../../telemetry/trace/summary.ts";
import type { Trace } from "../../telemetry/trace/trace.ts";
import type { FeatureDefinition, FeatureList } from "../../feature/define.ts";
import { expectableOf, type PolicyTest } from "./schema.ts";

/** A difference between the expected and the actual result of a test. */
export interface Difference {
  /** E.g. "markdown.action", "status", "headers.vary". */
  readonly at: string;
  readonly expected: string;
  readonly got: string;
  /** The reason of the feature's decision. */
  readonly why?: string;
}

const COMPARED = ["action", "to", "mode", "rule", "reason"] as const;

/** The expectation for one feature, in its long form. */
type Expectation = { readonly [Key in (typeof COMPARED)[number]]?: string | undefined };

export function compare(
  { expect }: Pick<PolicyTest, "expect">,
  trace: Trace,
  summaries: readonly Summary[],
  features: FeatureList,
): Difference[] {
  const differences: Difference[] = [];
  const expected = expect as Readonly<Record<string, string | Expectation | undefined>>;
  for (const feature of expectableOf(features)) {
    const wanted = expected[feature.key] ?? expected[feature.formerKey ?? ""];
    const summary = summaries.find((each) => each.feature === feature.key);
    if (wanted === undefined || summary === undefined) continue;
    differences.push(...compareFeature(feature, read(wanted), trace, summary));
  }
  const { status } = trace.answer;
  if (expect.status !== undefined && expect.status !== status) {
    differences.push({ at: "status", expected: String(expect.status), got: String(status) });
  }
  for (const [name, value] of Object.entries(expect.headers)) {
    const lines = trace.answer.fields.filter(([each]) => each === name.toLowerCase());
    const got = lines.length === 0 ? null : lines.map(([, each]) => each).join(", ");
    if (got === value) continue;
    differences.push({ at: `headers.${name}`, expected: value ?? "(none)", got: got ?? "(none)" });
  }
  return differences;
}

function read(wanted: string | Expectation): Expectation {
  if (typeof wanted !== "string") return wanted;
  const [action, to] = wanted.split(" to ");
  return to === undefined ? { action } : { action, to };
}

function compareFeature(
  definition: FeatureDefinition,
  wanted: Expectation,
  trace: Trace,
  summary: Summary,
): Difference[] {
  const { key: feature } = definition;
  const found = trace.features.find((each) => each.feature === feature);
  const last = found?.decisions.at(-1);
  const got: Expectation = {
    action: actionOf(definition, wanted, summary),
    to: last?.detail?.["to"],
    mode: found?.mode,
    rule: found?.rule,
    reason: last?.reason,
  };
  const site = new URL(trace.request.url).origin;
  const why = `${summary.says} (${summary.by})`;
  const differences: Difference[] = [];
  for (const key of COMPARED) {
    const expected = wanted[key];
    if (expected === undefined) continue;
    const whole = key === "to" && expected.startsWith("/") ? site + expected : expected;
    if (whole === got[key]) continue;
    const at = `${feature}.${key}`;
    differences.push({ at, expected: whole, got: got[key] ?? "(none)", why });
  }
  return differences;
}

/**
 * The action that the client gets, or would get with observe; "off" if the test expects that, and the
 * action to which the request is subject, e.g. a limit.
 */
function actionOf(
  { none }: FeatureDefinition,
  wanted: Expectation,
  { outcome, action, under }: Summary,
): string {
  if (outcome === "off" && wanted.action === "off") return "off";
  if (under !== undefined && wanted.action === under) return under;
  const isDone = outcome === "done" || (outcome === "would" && wanted.mode === "observe");
  return isDone && action !== undefined ? action : none.name;
}
