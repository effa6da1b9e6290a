import type { FeatureDefinition, FeatureList } from "../feature/define.ts";
import type { EffectivePolicy, FeatureName } from "../pipeline/policy.ts";

const RANK = { off: 0, observe: 1, enforce: 2 } as const;

/** Compares policies of a feature by how much they refuse or restrict. */
export class Strictness {
  readonly #guards: ReadonlyMap<FeatureName, FeatureDefinition>;

  constructor(features: FeatureList) {
    const guards = features.filter((feature) => feature.strictness !== undefined);
    this.#guards = new Map(guards.map((guard) => [guard.key, guard]));
  }

  /** The features that refuse or restrict requests; no spelling of a path may evade their rules. */
  get guards(): readonly FeatureName[] {
    return [...this.#guards.keys()];
  }

  /** Whether a feature refuses requests or restricts them. */
  isGuard(feature: FeatureName): boolean {
    return this.#guards.has(feature);
  }

  /** Ranks a policy, lowest for the strictest: a guard's by its action, another's by its mode. */
  rank(feature: FeatureName, { mode, policy }: EffectivePolicy): number {
    const guard = this.#guards.get(feature);
    if (guard === undefined) return RANK[mode];
    return mode === "enforce" ? -(guard.strictness?.(policy as never) ?? 0) : 0;
  }

  /** Whether a guard's policy refuses or restricts a request. */
  refuses(feature: FeatureName, policy: EffectivePolicy): boolean {
    return this.rank(feature, policy) < 0;
  }

  /** Whether a guard's policy refuses or restricts a request, or would if it were enforced. */
  couldRefuse(feature: FeatureName, policy: EffectivePolicy | undefined): boolean {
    if (policy === undefined || policy.mode === "off") return false;
    return this.refuses(feature, { ...policy, mode: "enforce" });
  }

  /** The strictest of all policies that may apply; of equal ones that of the canonical path. */
  strictestOf(
    feature: FeatureName,
    canonical: EffectivePolicy,
    others: readonly EffectivePolicy[],
  ): EffectivePolicy {
    const rank = (policy: EffectivePolicy): number => this.rank(feature, policy);
    return others.reduce((least, each) => (rank(each) < rank(least) ? each : least), canonical);
  }
}
