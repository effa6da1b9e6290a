import type { EffectivePolicy } from "./policy.ts";
import type { DecisionRecord, FeatureStage } from "./stage.ts";

/** A decision without details, under a policy. */
interface Told {
  readonly effective: EffectivePolicy;
  readonly record: DecisionRecord;
}

type Phase = DecisionRecord["phase"];

/**
 * Recalls the last decision of a stage in each phase. Most requests have the decisions of the request before;
 * they share its records, which takes no memory, and telemetry finds at once that they are equal.
 */
export class Recall {
  readonly #feature: DecisionRecord["feature"];
  #request: Told | undefined;
  #response: Told | undefined;

  constructor({ feature }: FeatureStage) {
    this.#feature = feature;
  }

  /** The record of a decision without details; that of an earlier request if it is equal. */
  recordOf(
    effective: EffectivePolicy,
    phase: Phase,
    kind: DecisionRecord["kind"],
    reason: string,
  ): DecisionRecord {
    const last = phase === "request" ? this.#request : this.#response;
    if (last?.effective === effective) {
      const { record } = last;
      if (record.kind === kind && record.reason === reason) return record;
    }
    const { mode, rule } = effective;
    const record = { feature: this.#feature, phase, mode, rule, kind, reason };
    if (phase === "request") this.#request = { effective, record };
    else this.#response = { effective, record };
    return record;
  }
}
