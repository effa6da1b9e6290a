import type { DecisionRecord } from "../../pipeline/stage.ts";
import type { FeatureEvent } from "../event.ts";

/** Whether a decision is about a crawler that a canonical redirect is meant for. */
export function tellsOfRedirect({ stage, detail }: DecisionRecord): boolean {
  return detail !== undefined && stage === "canonical-redirect";
}

/**
 * What an operator hears of a crawler that a canonical redirect is meant for: agent, from, to and
 * source if it was or would be redirected, the reason if not. Undefined for everyone else.
 */
export function redirectFacts(
  features: readonly FeatureEvent[],
): Readonly<Record<string, string>> | undefined {
  const told = features.find(
    ({ feature, detail }) => feature === "canonicalRedirect" && detail !== undefined,
  );
  if (told === undefined) return undefined;
  const { mode, rule, action, reason, detail } = told;
  const redirects = mode === "observe" ? "would-redirect" : "redirected";
  return { outcome: action === "respond" ? redirects : "passed", reason, rule, ...detail };
}
