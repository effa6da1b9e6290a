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
};
