import type { DecisionRecord } from "../pipeline/stage.ts";
import { hideValues } from "./hidden.ts";

/**
 * What an operator hears of a crawler that a canonical redirect is meant for: agent, from, to and
 * source where it was or would be redirected, the reason where not. Undefined for everyone else.
 * Values of query parameters are hidden: some are secret.
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
  const told = Object.entries(detail ?? {}).map(([key, value]) => [key, hideValues(value)]);
  const outcome = kind === "respond" ? redirects : "passed";
  return { outcome, reason, rule, ...(Object.fromEntries(told) as Record<string, string>) };
}
