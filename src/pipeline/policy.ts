/** Keys of the features in a rules file. */
export const FEATURES = [
  "access",
  "discovery",
  "canonicalRedirect",
  "markdown",
  "compression",
] as const;

export type FeatureName = (typeof FEATURES)[number];

/** `observe` decides and records, and changes nothing. */
export type Mode = "off" | "observe" | "enforce";

/** What applies to one feature for one request, and which rule says so. */
export interface EffectivePolicy<Policy = unknown> {
  readonly mode: Mode;
  readonly policy: Policy;
  /** Name of the rule that decided, "defaults" or "built-in". */
  readonly rule: string;
}
