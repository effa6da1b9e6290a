import type * as v from "valibot";
import type { RequiredEvidence } from "../agent/agent.ts";
import type { Bot } from "../agent/bots.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import type { Interest } from "../pipeline/interest.ts";
import type { Mode, PolicyWarning } from "../pipeline/policy.ts";
import type { LoggedDecisions, RequestOutcome, Stage } from "../pipeline/stage.ts";
import type { FeatureVocabulary } from "../pipeline/vocabulary.ts";
import type { FeatureParts } from "./parts.ts";

/** The options of a feature in a rules file: an object that begins with `modeEntries`. */
export type OptionsSchema = v.GenericSchema<
  unknown,
  { readonly mode: Mode; readonly percentage: number }
>;

/** The agents that a rule applies to, for warnings. */
export interface Concerned {
  /** Whether people in browsers are included. */
  readonly humans: boolean;
  readonly bots: readonly Bot[];
  /** Patterns of the paths that the rule is about. @default all paths */
  readonly paths: readonly string[] | undefined;
  /** The runtimes that the rules are for. */
  readonly runtimes: readonly ("workers" | "node")[];
  /** Whether a proxy, and so perhaps a cache, is in front. */
  readonly hasFront: boolean;
  /** Whether a bot can be identified by this evidence at all. */
  canProve(bot: Bot, evidence: RequiredEvidence): boolean;
}

/** The lines that a policy adds to a group of robots.txt (RFC 9309). */
export type RobotsLine =
  /** A line for each path of the rule. */
  | { readonly kind: "paths"; readonly name: "Allow" | "Disallow" }
  /** A line of the group. */
  | { readonly kind: "field"; readonly name: string; readonly value: string }
  /** The part that robots.txt can't express, in words for the operator. */
  | { readonly kind: "unsaid"; readonly why: string };

/**
 * The whole definition of a feature: schema, `check`, `explain`, policy tests, the runner and
 * documentation read it from here.
 */
export interface FeatureDefinition<
  Key extends string = string,
  Options extends OptionsSchema = OptionsSchema,
  Reason extends string = string,
  FormerKey extends string = string,
  SiteKey extends string = string,
> extends FeatureVocabulary<v.InferOutput<Options>, Reason> {
  /** The key in the rules file, and the name in traces, logs and policy tests. */
  readonly key: Key;
  /** The key of earlier versions, accepted for this version with a warning. @default none */
  readonly formerKey?: FormerKey;
  /** A key at the top of the rules file that means the same as the feature's own in `defaults`. @default none */
  readonly siteKey?: SiteKey;
  /** One sentence for the documentation. */
  readonly does: string;
  readonly options: Options;
  /** Options that this version still accepts, and their replacements. @default none */
  readonly deprecated?: Readonly<Record<string, string>>;
  /**
   * Of a feature that takes something away, a guard: how much a policy takes, 0 for nothing. Of several
   * readings of a path the one that takes most counts, and a claim that is refuted still counts as a claim.
   *
   * @default the feature gives something: of several readings the one that gives least counts
   */
  strictness?(policy: v.InferOutput<Options>): number;
  /** Warnings for an operator about a rule's options. @default nothing */
  warnings?(policy: v.InferOutput<Options>, concerned: Concerned): readonly PolicyWarning<string>[];
  /**
   * What becomes of a request if the stage fails on it or takes too long; undefined to go on without
   * the stage. @default to go on without it
   */
  onFailure?(
    exchange: Exchange,
    policy: v.InferOutput<Options>,
  ): RequestOutcome<NoInfer<Reason>> | undefined;
  /**
   * The requests and responses that it can concern; the runner leaves it out of all others, and records
   * the reason. Not for a guard, which is always asked.
   *
   * @default all
   */
  readonly interest?: Interest<NoInfer<Reason>>;
  /** Whether its policy is that of the cache, which the runner has between features and origin server. */
  readonly isCache?: boolean;
  /** A line of the log for each of its decisions that has a detail. @default none */
  readonly logs?: LoggedDecisions;
  /** What a policy means for robots.txt, where the rule's paths and agents are those of a group. @default nothing */
  robots?(policy: v.InferOutput<Options>): readonly RobotsLine[];
  /** Another form of pages that it has at addresses of their own, by media type. @default none */
  readonly alternates?: Readonly<
    Record<
      string,
      {
        urlOf(page: URL): string;
        /** Whether it answers at that address under this policy. */
        isOn(policy: v.InferOutput<Options>): boolean;
      }
    >
  >;
  /** Makes the stage, once for each version of the rules. */
  create(parts: FeatureParts): Stage<v.InferOutput<Options>, NoInfer<Reason>>;
}

/** Features in the order in which they see a request and its response: the order is the policy. */
export type FeatureList = readonly FeatureDefinition[];

/** Thrown if the definition of a feature is contradictory. */
export class FeatureError extends TypeError {
  override readonly name = "FeatureError";
}

/** Keys of a rule that are no feature. */
const RESERVED = new Set(["name", "match", "debug"]);

/**
 * Defines a feature. Throws a FeatureError if its key is no word or is taken, if it has no action, or
 * if a reason names an action that it does not have; and of a guard that declares an interest.
 */
export function defineFeature<
  const Key extends string,
  Options extends OptionsSchema,
  Reason extends string,
  const FormerKey extends string = never,
  const SiteKey extends string = never,
>(
  definition: FeatureDefinition<Key, Options, Reason, FormerKey, SiteKey>,
): FeatureDefinition<Key, Options, Reason, FormerKey, SiteKey> {
  const { key, actions, reasons } = definition;
  if (!/^[a-z][A-Za-z0-9]*$/.test(key) || RESERVED.has(key)) {
    throw new FeatureError(`a key is a word that no rule has already, not ${key}`);
  }
  if (Object.keys(actions).length === 0) {
    throw new FeatureError(`the feature ${key} has no action`);
  }
  if (definition.strictness !== undefined && definition.interest !== undefined) {
    throw new FeatureError(`the feature ${key} is a guard, which is asked about every request`);
  }
  for (const [reason, { action }] of Object.entries<{ action?: string }>(reasons)) {
    if (action !== undefined && !Object.hasOwn(actions, action)) {
      throw new FeatureError(`the reason ${reason} of ${key} names no action of it: ${action}`);
    }
  }
  return definition;
}
