import { guiseNamed, type Agent } from "../../agent/agent.ts";
import type { FeatureDefinition } from "../../feature/define.ts";
import type { FeatureName } from "../../pipeline/policy.ts";
import { resultOf } from "../../pipeline/result.ts";
import type { ReasonText } from "../../pipeline/vocabulary.ts";
import { quote } from "../../rules/fault.ts";
import type { StageTrace } from "./trace.ts";

/** The result of one feature for a request, in a sentence. */
export interface Summary {
  readonly feature: FeatureName;
  /** "would" if the feature only observes, "failed" if it failed and was skipped. */
  readonly outcome: "done" | "would" | "not" | "off" | "failed";
  /** The action, or the name for no action; undefined if nothing was decided. */
  readonly action?: string;
  /** The action to which the request is subject, e.g. a limit that is not exceeded. */
  readonly under?: string;
  /** E.g. `not redirected: nothing proves the agent's claim; the rule requires verified`. */
  readonly says: string;
  /** The rule that decided, and the mode: `rule "old manual", enforce`. */
  readonly by: string;
  /** The remedy, if the operator wants another result. */
  readonly todo?: string;
}

/** Describes in words what one feature did with a request. */
export function summarize(
  definition: FeatureDefinition,
  trace: StageTrace,
  about: { readonly agent: Agent; readonly policy: unknown },
): Summary {
  const { feature, mode, basis, share } = trace;
  const where = share?.isIn === true ? "among" : "not among";
  const split =
    share === undefined
      ? ""
      : share.isStopped === true
        ? ", stopped by its canary"
        : `, ${where} its ${share.percentage} % of agents`;
  const by = `${basis === "rule" ? `rule ${quote(trace.rule)}` : basis}, ${mode}${split}`;
  if (mode === "off") return { feature, outcome: "off", says: whyOff(trace), by };
  const { actions, none } = definition;
  const result = resultOf(definition, mode, trace.decisions);
  if (result === undefined) {
    const says = "did not run: an earlier feature had responded";
    return { feature, outcome: "not", says, by };
  }
  const { last, words, outcome, action } = result;
  if (outcome === "failed") {
    const says = `failed (${last.reason}) and was skipped`;
    return { feature, outcome, says, by, todo: "See stage-failed in the log." };
  }
  const { claim } = trace;
  const agent = claim === undefined ? about.agent : guiseNamed(about.agent, claim);
  const facts = { ...about, agent, detail: last.detail ?? {} };
  const say = (text: ReasonText["says"]) => (typeof text === "function" ? text(facts) : text);
  const verb =
    outcome === "not" ? none.says : actions[action]?.[outcome === "done" ? "did" : "would"];
  const says = `${verb ?? ""}: ${words === undefined ? last.reason : say(words.says)}`;
  const remedy = typeof words?.todo === "function" ? words.todo(facts) : words?.todo;
  const todo = remedy === undefined ? {} : { todo: remedy };
  const under = words?.under === undefined ? {} : { under: words.under };
  return { feature, outcome, action, says, by, ...under, ...todo };
}

function whyOff({ basis, rules }: StageTrace): string {
  if (basis === "rule") return "switched off by the rule";
  const what =
    basis === "defaults"
      ? "switched off in defaults"
      : "off: no matching rule mentions it, and neither do defaults";
  // The rule with the fewest mismatches is most likely the intended one.
  const [near] = rules
    .filter(({ outcome }) => outcome === "no-match")
    .sort((a, b) => a.because.length - b.because.length);
  if (near === undefined) return what;
  return `${what} (rule ${quote(near.name)} does not match: ${near.because.join("; ")})`;
}
