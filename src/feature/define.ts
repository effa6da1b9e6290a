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
  /** Whether the rule has no condition on the agent. */
  readonly isForAll: boolean;
  /** Whether the rule names clients by address or country, and so means people among them, too. */
  readonly isOfClients: boolean;
  /** The bots of the table that are included; impostors are none. */
  readonly bots: readonly Bot[];
  /** Whether the rule names the bot or its category, and not only a group that has it. */
  isNamed(bot: Bot): boolean;
  /** Patterns of the rule's paths; undefined for all paths. */
  readonly paths: readonly string[] | undefined;
  /** The runtimes on which the rules are used. */
  readonly runtimes: readonly ("workers" | "node")[];
  /** Whether another proxy, perhaps with a cache, is in front. */
  readonly hasFront: boolean;
  /** Whether a server in front most likely hides the clients' addresses on Node. */
  readonly hidesClients: boolean;
  /** Whether a bot can have this evidence. */
  canProve(bot: Bot, evidence: RequiredEvidence): boolean;
}

/** A binding of a Worker that a policy needs. */
export type NeededBinding =
  | {
      readonly kind: "object";
      readonly name: string;
      /** The class of the Durable Object. */
      readonly class: string;
      /** The consequence of its absence, for the operator. */
      readonly without: string;
    }
  /** A rate limit of the platform; seconds. */
  | {
      readonly kind: "rate-limit";
      readonly name: string;
      readonly limit: number;
      readonly period: number;
    };

/** The lines that a policy adds to a group of robots.txt (RFC 9309). */
export type RobotsLine =
  /** A line for each path of the rule. */
  | { readonly kind: "paths"; readonly name: "Allow" | "Disallow" }
  /** A line of the group. */
  | {
      readonly kind: "field";
      readonly name: string;
      readonly value: string;
      /** Whether the value may follow a path, so that a line for each path of the rule is possible. @default false */
      readonly takesPath?: true;
      /** Other fields with which the origin server's group says the same; they take precedence, too. @default none */
      readonly alike?: readonly string[];
      /** Whether the line replaces those of the origin server's group. @default false */
      readonly overrides?: boolean;
    }
  /** A line outside of all groups. A value that begins with "/" stands for the URL at that path. */
  | {
      readonly kind: "site";
      readonly name: string;
      readonly value: string;
      /** Whether the line replaces the origin server's. @default false */
      readonly overrides?: boolean;
    }
  /** A group for a product token that stands for a purpose, with the paths of the rule. */
  | {
      readonly kind: "token";
      readonly token: string;
      readonly name: "Allow" | "Disallow";
      /** Whether a group of the origin server's for the token gets the lines. @default false */
      readonly overrides?: boolean;
    }
  /** The part that robots.txt can't express, in words for the operator. */
  | { readonly kind: "unsaid"; readonly why: string };

/** The definition of a feature, which schema, `check`, `explain`, policy tests, runner and documentation read. */
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
  /** A key at the top of the rules file with the same meaning as the feature's key in `defaults`. @default none */
  readonly siteKey?: SiteKey;
  /** Its options if the rules do not mention it, but have documents or a sitemap at their top. @default it is off */
  readonly ifDocuments?: object;
  /** One sentence for the documentation. */
  readonly does: string;
  readonly options: Options;
  /** Options that this version still accepts, and their replacements. @default none */
  readonly deprecated?: Readonly<Record<string, string>>;
  /**
   * Defined for a guard, a feature that can refuse requests: the strictness of a policy, 0 if it refuses
   * nothing. If a path has several readings, the strictest policy applies; a refuted claim counts as a claim.
   *
   * @default the feature is no guard; if a path has several readings, the policy that does least applies
   */
  strictness?(policy: v.InferOutput<Options>): number;
  /**
   * For a guard: whether a policy keeps some agents out for good, so that its pages are not for everyone,
   * e.g. not in lists. @default its strictness is above 0
   */
  closes?(policy: v.InferOutput<Options>): boolean;
  /** The bindings of a Worker that a policy needs; `check` compares them with wrangler.jsonc. @default none */
  bindings?(policy: v.InferOutput<Options>): readonly NeededBinding[];
  /** The consequence on Workers without the storage of BLOBS and INDEX, for the operator. @default none */
  readonly withoutStorage?: string;
  /** Warnings for an operator about a rule's options. @default nothing */
  warnings?(policy: v.InferOutput<Options>, concerned: Concerned): readonly PolicyWarning<string>[];
  /**
   * The outcome if the stage fails or takes too long, in either phase; undefined to skip the stage.
   * @default the stage is skipped
   */
  onFailure?(
    exchange: Exchange,
    policy: v.InferOutput<Options>,
  ): RequestOutcome<NoInfer<Reason>> | undefined;
  /**
   * The requests and responses that the feature can concern; the runner skips it for all others, and records
   * the reason. A guard has none, since it is never skipped.
   *
   * @default all
   */
  readonly interest?: Interest<NoInfer<Reason>>;
  /** Whether its policy is that of the cache between features and origin server. @default false */
  readonly isCache?: boolean;
  /**
   * Whether it edits fields of every request to the origin server, our own included, and of every response
   * but the proxy's own documents. @default false
   */
  readonly editsFields?: boolean;
  /** Whether it codes content, and uses dictionaries, so that events tell its reasons. @default false */
  readonly codesContent?: boolean;
  /** The log line for each of its decisions that has a detail. @default none */
  readonly logs?: LoggedDecisions;
  /** The robots.txt lines of a policy, if a group can express the rule's paths and agents. @default none */
  robots?(policy: v.InferOutput<Options>): readonly RobotsLine[];
  /** Other forms of pages that the feature serves at their own URLs, by media type. @default none */
  readonly alternates?: Readonly<
    Record<
      string,
      {
        urlOf(page: URL): string;
        /** Whether the feature serves that URL under this policy. */
        isOn(policy: v.InferOutput<Options>): boolean;
      }
    >
  >;
  /** Creates the stage, once for each version of the rules. */
  create(parts: FeatureParts): Stage<v.InferOutput<Options>, NoInfer<Reason>>;
}

/** Features in the order in which they process a request and its response: the order is the policy. */
export type FeatureList = readonly FeatureDefinition[];

/** Thrown if the definition of a feature is contradictory. */
export class FeatureError extends TypeError {
  override readonly name = "FeatureError";
}

/** Keys of a rule that can't be a feature's. */
const RESERVED = new Set(["name", "match", "origin", "debug", "serverTiming"]);

/**
 * Defines a feature. Throws a FeatureError if the key is malformed or reserved, if there is no action, if a
 * reason names an unknown action, or if a guard declares an interest.
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
    throw new FeatureError(
      `the key of a feature must be a word such as "myFeature", and not name, match, origin, debug or serverTiming: ${key}`,
    );
  }
  if (Object.keys(actions).length === 0) {
    throw new FeatureError(`the feature ${key} has no action`);
  }
  if (definition.strictness !== undefined && definition.interest !== undefined) {
    throw new FeatureError(
      `the feature ${key} has a strictness, so it can't have an interest: a guard sees every request`,
    );
  }
  for (const [reason, { action }] of Object.entries<{ action?: string }>(reasons)) {
    if (action !== undefined && !Object.hasOwn(actions, action)) {
      throw new FeatureError(
        `the reason ${reason} of the feature ${key} names an unknown action: ${action}`,
      );
    }
  }
  return definition;
}

/** Whether a policy of a guard keeps some agents out for good. */
export function closes(guard: FeatureDefinition, policy: unknown): boolean {
  return guard.closes?.(policy as never) ?? (guard.strictness?.(policy as never) ?? 0) > 0;
}
