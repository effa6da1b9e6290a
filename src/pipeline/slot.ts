import type { EffectivePolicy } from "./policy.ts";
import type { RequestOutcome, Stage } from "./stage.ts";

/** One stage's part in one exchange. */
export interface Slot {
  readonly stage: Stage;
  readonly effective: EffectivePolicy;
  /** What an enforced stage said of the request. */
  request?: RequestOutcome;
  /** Has no further part. */
  out: boolean;
}
