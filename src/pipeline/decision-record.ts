import type { EffectivePolicy, FeatureName } from "./policy.ts";
import type { Detail } from "./stage.ts";

/** The log line for each decision of a feature that has a detail. */
export interface LoggedDecisions {
  /** Name of the line. */
  readonly event: string;
  /** The line's `outcome` if the feature answered, if it only observes, and if it did neither. */
  readonly did: string;
  readonly would: string;
  readonly none: string;
}

/** A stage's decision, for explain, logs and metrics. */
export interface DecisionRecord extends Pick<EffectivePolicy, "mode" | "rule" | "share"> {
  readonly feature: FeatureName;
  readonly phase: "request" | "response";
  readonly kind: string;
  readonly reason: string;
  readonly detail?: Detail;
  /** The feature's log line, if it has one. */
  readonly logs?: LoggedDecisions;
  /** The time of the decision with its scan in milliseconds, if decisions are timed. */
  readonly ms?: number;
}
