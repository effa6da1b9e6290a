import type { CanaryKey } from "./canary/canaries.ts";
import type { CanaryBounds } from "./canary/decide.ts";

/** The key of a feature in a rules file; `features.ts` lists them. */
export type FeatureName = string;

/** `observe` decides and records, and changes nothing. */
export type Mode = "off" | "observe" | "enforce";

/** For a rule that applies to a share of agents: the share, and whether this agent is included. */
export interface Share {
  /** Percentage of agents that the rule applies to, from 0 to below 100. */
  readonly percentage: number;
  /** Whether this agent is included; if not, the mode becomes `observe`. */
  readonly isIn: boolean;
  /** The bounds by which the two sides are compared, if the rule has a `canary`. */
  readonly canary?: Canary | undefined;
}

/** The comparison of a rule's share with the rest. */
export interface Canary {
  readonly key: CanaryKey;
  readonly bounds: CanaryBounds;
  /** Whether the share was worse, so that the rule only observes. */
  readonly isStopped: boolean;
}

/** A valid setting that an operator should know about before enforcing it. */
export interface PolicyWarning<Code extends string> {
  /** A note is about a default, a warning about a value that the operator set. */
  readonly level: "warning" | "note";
  readonly code: Code;
  /** Path of the cause below the feature. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The policy of one feature for one request, and the rule that it comes from. */
export interface EffectivePolicy<Policy = unknown> {
  readonly mode: Mode;
  readonly policy: Policy;
  /** Name of the rule that decided, "defaults" or "built-in". */
  readonly rule: string;
  /** Only if the rule applies to a share of agents. */
  readonly share?: Share;
  /** The reading of the path that the rule matches, if it is stricter than the canonical reading. */
  readonly reading?: string;
  /** The bot's name that the rule matches, if it is stricter than for the first one that is named. */
  readonly claim?: string;
}

/** A setting of a feature without conditions on the client. */
export interface UnconditionalSetting<Policy = unknown> {
  /** Patterns of paths; undefined for all pages. */
  readonly paths: readonly string[] | undefined;
  /** For a share of agents: "observe". */
  readonly mode: Mode;
  readonly policy: Policy;
}
