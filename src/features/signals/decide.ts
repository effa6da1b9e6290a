import { joinSignals } from "../../http/content-signal.ts";
import type { SignalsPolicy } from "./policy.ts";
import type { SignalsReason } from "./reasons.ts";

/** Whether a response gets a Content-Signal. */
type SignalsDecision =
  | { readonly kind: "state"; readonly signal: string }
  | { readonly kind: "declined"; readonly reason: Exclude<SignalsReason, "stated" | "method"> };

/** Statuses of content; a 304 leaves the fields of the stored response unchanged. */
const OF_CONTENT = new Set([200, 203, 206]);

/**
 * Decides from the response.
 *
 * @param own its Content-Signal
 * @param isOfPage whether that is what the page itself states, to which the rule's signals are added
 */
export function decideSignals(
  status: number,
  own: string | undefined,
  policy: SignalsPolicy,
  isOfPage = false,
): SignalsDecision {
  if (!OF_CONTENT.has(status)) return { kind: "declined", reason: "status" };
  if (own !== undefined && !isOfPage) return { kind: "declined", reason: "origin-has-its-own" };
  const signal = formatSignal(policy);
  return signal === ""
    ? { kind: "declined", reason: "nothing-said" }
    : { kind: "state", signal: joinSignals(own, signal) };
}

/** Formats Content-Signal (draft-romm-aipref-contentsignals); an absent signal says nothing. */
export function formatSignal({ search, aiInput, aiTrain, use }: SignalsPolicy): string {
  const answers = { search, "ai-input": aiInput, "ai-train": aiTrain };
  const parts = Object.entries(answers).flatMap(([name, answer]) =>
    answer === undefined ? [] : [`${name}=${answer ? "yes" : "no"}`],
  );
  return [...parts, ...(use === undefined ? [] : [`use=${use}`])].join(", ");
}
