import type { EffectivePolicy } from "./policy.ts";
import type { Recall } from "./recall.ts";
import type { RequestOutcome, FeatureStage } from "./stage.ts";

/** One stage's part in one exchange. */
export interface StageTurn {
  readonly stage: FeatureStage;
  readonly effective: EffectivePolicy;
  readonly recall: Recall;
  /** The request outcome of an enforced stage. */
  request?: RequestOutcome;
  /** Whether the stage has no further part in the exchange. */
  out: boolean;
}

/** Whether a stage wants an answer that no earlier response is used for, and that is not stored. */
export function bypassesCache({ request }: StageTurn): boolean {
  return request?.kind === "forward" && request.bypassesCache === true;
}
