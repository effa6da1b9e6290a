import { Canaries, type CanaryKey } from "./pipeline/canary/canaries.ts";
import type { Answer, Exchange } from "./pipeline/exchange.ts";
import type { FeatureName } from "./pipeline/policy.ts";
import type { DecisionRecord } from "./pipeline/stage.ts";
import type { CompiledPolicies } from "./policy-view.ts";
import type { Log } from "./telemetry/log.ts";

/** Creates canaries that report each rule that they stop. */
export function createCanaries(log: Log): Canaries {
  return new Canaries((key, stop) => report(log, key, stop));
}

/** Counts a response whose head is decided. */
type CountResponse = (
  exchange: Exchange,
  answer: Answer,
  decisions: readonly DecisionRecord[],
) => void;

/**
 * Creates the function that counts responses for the rules that have a `canary`; undefined if none has.
 * Canaries of rules that are gone are forgotten.
 */
export function countForCanaries(
  { compiled, policiesFor }: Pick<CompiledPolicies, "compiled" | "policiesFor">,
  canaries: Canaries,
): CountResponse | undefined {
  const { canaryKeys } = compiled;
  canaries.retain(canaryKeys);
  const watched = [...new Set(canaryKeys.map(({ feature }) => feature))];
  return watched.length === 0 ? undefined : counting(watched, policiesFor, canaries);
}

function counting(
  watched: readonly FeatureName[],
  policiesFor: CompiledPolicies["policiesFor"],
  canaries: Canaries,
): CountResponse {
  return (exchange, { status }, decisions) => {
    const { record } = exchange;
    if (record === undefined) return;
    const policyOf = policiesFor(exchange);
    for (const feature of watched) {
      const { share } = policyOf(feature);
      if (share?.canary === undefined || share.canary.isStopped) continue;
      // The operator wants the feature's own response, such as a refusal.
      if (decisions.some((each) => each.feature === feature && each.kind === "respond")) continue;
      const { key, bounds } = share.canary;
      canaries.count(key, bounds, { isInside: share.isIn, status, time: record.age });
    }
  };
}

function report(
  log: Log,
  { feature, rule }: CanaryKey,
  { measure, inside, outside }: { measure: string; inside: number; outside: number },
): void {
  const unit = measure === "latency" ? "milliseconds" : "percent";
  const values = { inside: rounded(inside), outside: rounded(outside), unit };
  const means = "the rule only observes from now on, in this process, until it changes";
  log.warn("canary-stopped", { feature, rule, measure, ...values, means });
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
