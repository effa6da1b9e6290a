import type { Mode } from "./policy.ts";
import { pipelineReasons } from "./reasons.ts";
import type { DecisionRecord } from "./stage.ts";
import type { FeatureVocabulary, ReasonText } from "./vocabulary.ts";

/** The result of one feature for a request. */
export interface FeatureResult<Decided> {
  /** The decision that tells it. */
  readonly last: Decided;
  /** The words for its reason; undefined for the name of an error. */
  readonly words: ReasonText | undefined;
  /** "would" if the feature only observes, "failed" if it failed and was skipped. */
  readonly outcome: "done" | "would" | "not" | "failed";
  /** The action that was, or would be, done; else the name for none. */
  readonly action: string;
}

/** The result that a feature's decisions lead to; undefined if there are none. */
export function resultOf<Decided extends Pick<DecisionRecord, "kind" | "reason">>(
  vocabulary: FeatureVocabulary<never>,
  mode: Mode,
  decisions: readonly Decided[],
): FeatureResult<Decided> | undefined {
  // Side notes do not tell the result.
  const last =
    decisions.findLast(({ reason }) => wordsFor(vocabulary, reason)?.is !== "aside") ??
    decisions.at(-1);
  if (last === undefined) return undefined;
  const words = wordsFor(vocabulary, last.reason);
  const none = vocabulary.none.name;
  if (last.kind === "failed") return { last, words, outcome: "failed", action: none };
  if (words?.is !== "done") return { last, words, outcome: "not", action: none };
  const action = words.action ?? Object.keys(vocabulary.actions)[0] ?? none;
  return { last, words, outcome: mode === "observe" ? "would" : "done", action };
}

function wordsFor({ reasons }: FeatureVocabulary<never>, reason: string): ReasonText | undefined {
  const own = reasons as Readonly<Record<string, ReasonText>>;
  if (Object.hasOwn(own, reason)) return own[reason];
  return Object.hasOwn(pipelineReasons, reason) ? pipelineReasons[reason] : undefined;
}
