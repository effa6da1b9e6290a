/** The key of a feature in a rules file; `features.ts` lists them. */
export type FeatureName = string;

/** `observe` decides and records, and changes nothing. */
export type Mode = "off" | "observe" | "enforce";

/** A rule that acts for some agents only, and what that means for the one who asks. */
export interface Share {
  /** Of agents for whom the rule acts, from 0 to below 100. */
  readonly percentage: number;
  /** Whether this agent is one of them; otherwise the mode is `observe` because of it. */
  readonly isIn: boolean;
}

/** Something that is allowed, and that an operator should know of before enforcing it. */
export interface PolicyWarning<Code extends string> {
  /** A note is about what holds by default; a warning about what was chosen. */
  readonly level: "warning" | "note";
  readonly code: Code;
  /** Where under the feature the cause stands. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What applies to one feature for one request, and which rule says so. */
export interface EffectivePolicy<Policy = unknown> {
  readonly mode: Mode;
  readonly policy: Policy;
  /** Name of the rule that decided, "defaults" or "built-in". */
  readonly rule: string;
  /** Only where the rule acts for some agents and not for others. */
  readonly share?: Share;
  /** The reading of the path that the rule matches, if it is stricter than that of the canonical path. */
  readonly reading?: string;
}
