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
  let at = decisions.length - 1;
  while (at > 0 && wordsFor(vocabulary, decisions[at]?.reason ?? "")?.is === "aside") at--;
  let last = decisions[at];
  if (last === undefined) return undefined;
  let words = wordsFor(vocabulary, last.reason);
  if (words?.is === "aside") {
    last = decisions.at(-1) ?? last;
    words = wordsFor(vocabulary, last.reason);
  }
  const none = vocabulary.none.name;
  if (last.kind === "failed") return { last, words, outcome: "failed", action: none };
  if (words?.is !== "done") return { last, words, outcome: "not", action: none };
  const action = words.action ?? Object.keys(vocabulary.actions)[0] ?? none;
  return { last, words, outcome: mode === "observe" ? "would" : "done", action };
}

/** The words of all reasons of a vocabulary, each looked up once: every request asks for some. */
const KNOWN = new WeakMap<object, Map<string, ReasonText | undefined>>();
/** Reasons of a vocabulary in memory, at most: names of errors count too. */
const MOST_KNOWN = 500;

function wordsFor({ reasons }: FeatureVocabulary<never>, reason: string): ReasonText | undefined {
  let known = KNOWN.get(reasons);
  if (known === undefined) KNOWN.set(reasons, (known = new Map()));
  const found = known.get(reason);
  if (found !== undefined || known.has(reason)) return found;
  const own = reasons as Readonly<Record<string, ReasonText>>;
  const words = Object.hasOwn(own, reason)
    ? own[reason]
    : Object.hasOwn(pipelineReasons, reason)
      ? pipelineReasons[reason]
      : undefined;
  if (known.size < MOST_KNOWN) known.set(reason, words);
  return words;
}
