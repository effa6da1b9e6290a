import type { EffectivePolicy, FeatureName } from "../pipeline/policy.ts";
import { DEFINITIONS } from "../features.ts";
import type { FeatureDefinition } from "../feature/define.ts";
import type { WaryCandidate } from "./wary-rules.ts";

const RANK = { off: 0, observe: 1, enforce: 2 } as const;

const GUARDS: ReadonlyMap<FeatureName, NonNullable<FeatureDefinition["strictness"]>> = new Map(
  DEFINITIONS.flatMap(({ key, strictness }) =>
    strictness === undefined ? [] : [[key, strictness] as const],
  ),
);

/** The features that take something away: a rule of theirs must not be passed by. */
export const GUARDING: readonly FeatureName[] = [...GUARDS.keys()];

/** Whether a feature takes something away from requests, and does not only give. */
export function isGuard(feature: FeatureName): boolean {
  return GUARDS.has(feature);
}

/** Least for what gives a request least: of a guard the strictest action, of others the least of it. */
export function rank(feature: FeatureName, { mode, policy }: EffectivePolicy): number {
  const strictness = GUARDS.get(feature);
  if (strictness === undefined) return RANK[mode];
  return mode === "enforce" ? -strictness(policy as never) : 0;
}

/** Whether a policy of a guard takes anything away. */
export function refuses(feature: FeatureName, policy: EffectivePolicy): boolean {
  return rank(feature, policy) < 0;
}

/** The strictest of all that may decide on access; of equally strict ones that of the canonical path. */
export function strictestOf(
  feature: FeatureName,
  canonical: EffectivePolicy,
  candidates: readonly WaryCandidate[],
  policyOf: (rule: number | undefined) => EffectivePolicy,
): EffectivePolicy {
  let strictest = canonical;
  for (const { rule, reading } of candidates) {
    const found = policyOf(rule);
    if (rank(feature, found) < rank(feature, strictest)) strictest = { ...found, reading };
  }
  return strictest;
}
