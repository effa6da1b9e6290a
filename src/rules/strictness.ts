import type { FeatureList } from "../feature/define.ts";
import type { EffectivePolicy, FeatureName } from "../pipeline/policy.ts";
import type { WaryCandidate } from "./wary-rules.ts";

const RANK = { off: 0, observe: 1, enforce: 2 } as const;

/** Tells of two policies of a feature which leaves a request less. */
export class Strictness {
  readonly #guards: ReadonlyMap<FeatureName, (policy: never) => number>;

  constructor(features: FeatureList) {
    this.#guards = new Map(
      features.flatMap((feature) =>
        feature.strictness === undefined
          ? []
          : [[feature.key, (policy: never) => feature.strictness?.(policy) ?? 0]],
      ),
    );
  }

  /** The features that take something away: a rule of theirs must not be passed by. */
  get guards(): readonly FeatureName[] {
    return [...this.#guards.keys()];
  }

  /** Whether a feature takes something away from requests, and does not only give. */
  isGuard(feature: FeatureName): boolean {
    return this.#guards.has(feature);
  }

  /** Least for what gives a request least: of a guard the strictest action, of others the least of it. */
  rank(feature: FeatureName, { mode, policy }: EffectivePolicy): number {
    const strictness = this.#guards.get(feature);
    if (strictness === undefined) return RANK[mode];
    return mode === "enforce" ? -strictness(policy as never) : 0;
  }

  /** Whether a policy of a guard takes anything away. */
  refuses(feature: FeatureName, policy: EffectivePolicy): boolean {
    return this.rank(feature, policy) < 0;
  }

  /** The strictest of all that may decide on a guard; of equally strict ones that of the canonical path. */
  strictestOf(
    feature: FeatureName,
    canonical: EffectivePolicy,
    candidates: readonly WaryCandidate[],
    policyOf: (rule: number | undefined) => EffectivePolicy,
  ): EffectivePolicy {
    let strictest = canonical;
    for (const { rule, reading } of candidates) {
      const found = policyOf(rule);
      if (this.rank(feature, found) < this.rank(feature, strictest)) {
        strictest = { ...found, reading };
      }
    }
    return strictest;
  }
}
