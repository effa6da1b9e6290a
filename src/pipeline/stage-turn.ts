import type { EffectivePolicy } from "./policy.ts";
import type { RequestOutcome, FeatureStage } from "./stage.ts";

/** One stage's part in one exchange. */
export interface StageTurn {
  readonly stage: FeatureStage;
  readonly effective: EffectivePolicy;
  /** The request outcome of an enforced stage. */
  request?: RequestOutcome;
  /** Whether the stage has no further part in the exchange. */
  out: boolean;
}
