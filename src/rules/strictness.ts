import type { EffectivePolicy, FeatureName } from "../pipeline/policy.ts";
import { accessStrictness, type AccessPolicy } from "../stages/access/policy.ts";
import type { WaryCandidate } from "./wary-rules.ts";

const RANK = { off: 0, observe: 1, enforce: 2 } as const;

/** Least for what gives a request least: of access the strictest action, of a feature the least of it. */
export function rank(feature: FeatureName, { mode, policy }: EffectivePolicy): number {
  if (feature !== "access") return RANK[mode];
  return mode === "enforce" ? -accessStrictness(policy as AccessPolicy) : 0;
}

/** Whether a policy of access takes anything away. */
export function refuses(policy: EffectivePolicy): boolean {
  return rank("access", policy) < 0;
}

/** The strictest of all that may decide on access; of equally strict ones that of the canonical path. */
export function strictestOf(
  canonical: EffectivePolicy,
  candidates: readonly WaryCandidate[],
  policyOf: (rule: number | undefined) => EffectivePolicy,
): EffectivePolicy {
  let strictest = canonical;
  for (const { rule, reading } of candidates) {
    const found = policyOf(rule);
    if (rank("access", found) < rank("access", strictest)) strictest = { ...found, reading };
  }
  return strictest;
}
