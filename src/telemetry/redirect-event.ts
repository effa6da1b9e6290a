import type { DecisionRecord } from "../pipeline/stage.ts";

/**
 * What an operator hears of a crawler that a canonical redirect is meant for: agent, from, to and
 * source where it was or would be redirected, the reason where not. Undefined for everyone else.
 */
export function redirectEvent(
  decisions: readonly DecisionRecord[],
): Readonly<Record<string, string>> | undefined {
  const decision = decisions.findLast(
    ({ stage, detail }) => stage === "canonical-redirect" && detail !== undefined,
  );
  if (decision === undefined) return undefined;
  const { mode, rule, kind, reason, detail } = decision;
  const redirects = mode === "observe" ? "would-redirect" : "redirected";
  return { outcome: kind === "respond" ? redirects : "passed", reason, rule, ...detail };
}
