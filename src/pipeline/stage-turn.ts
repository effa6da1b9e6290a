import type { EffectivePolicy } from "./policy.ts";
import type { RequestOutcome, FeatureStage } from "./stage.ts";

/** One stage's part in one exchange. */
export interface StageTurn {
  readonly stage: FeatureStage;
  readonly effective: EffectivePolicy;
  /** What an enforced stage said of the request. */
  request?: RequestOutcome;
  /** Has no further part. */
  out: boolean;
}
