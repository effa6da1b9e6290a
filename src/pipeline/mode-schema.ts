import * as v from "valibot";

/** The options that every feature has. */
export const modeEntries = {
  /** Whether the feature acts, only decides and records, or does neither. @default "enforce" */
  mode: v.optional(v.picklist(["off", "observe", "enforce"]), "enforce"),
  /**
   * The share of agents for whom the feature acts; the others are observed. Stable by agent.
   * @default 100
   * @example 5
   */
  percentage: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 100),
  /**
   * With a percentage: switches the rule to observe once the responses to these agents are worse than
   * those to the others by more than a bound. Each process decides for itself, until the rule changes.
   * @default the rule is not watched
   */
  canary: v.optional(
    v.pipe(
      v.strictObject({
        /** For "canary": percentage points of responses with 5xx. @default not compared */
        errors: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
        /** For "canary": percentage points of responses with 4xx, other than this feature's own. @default not compared */
        status: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
        /** For "canary": milliseconds of the median time to the response. @default not compared */
        latency: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(60_000))),
      }),
      v.check(
        (bounds) => Object.values(bounds).some((bound) => bound !== undefined),
        'at least one of "errors", "status" and "latency"',
      ),
    ),
  ),
};
