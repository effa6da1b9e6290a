import type * as v from "valibot";
import type { RequiredEvidence } from "../agent/agent.ts";
import type { Bot } from "../agent/bots.ts";
import type { Mode, PolicyWarning } from "../pipeline/policy.ts";
import type { FeatureWords, ReasonWords } from "../pipeline/words.ts";

/** The options of a feature in a rules file: an object that begins with `modeEntries`. */
export type OptionsSchema = v.GenericSchema<
  unknown,
  { readonly mode: Mode; readonly percentage: number }
>;

/** Whom a rule is about, for warnings. */
export interface Concerned {
  /** Whether people in browsers are among them. */
  readonly humans: boolean;
  readonly bots: readonly Bot[];
  /** Whether there is a proxy in front, and so perhaps a cache. */
  readonly hasFront: boolean;
  /** Whether a bot has any way to be known with this evidence. */
  canProve(bot: Bot, evidence: RequiredEvidence): boolean;
}

/**
 * All that a feature is but for what it does: schema, `check`, `explain`, policy tests and documentation
 * read it from here.
 */
export interface FeatureDefinition<
  Key extends string = string,
  Options extends OptionsSchema = OptionsSchema,
> {
  /** The key in the rules file. */
  readonly key: Key;
  /** The name in traces and in the log. */
  readonly stage: string;
  /** What it does, a sentence for the documentation. */
  readonly does: string;
  readonly options: Options;
  readonly words: FeatureWords<v.InferOutput<Options>>;
  /** What a reason means that is another part's, such as the verifier's. */
  readonly wordsElsewhere?: (reason: string) => ReasonWords | undefined;
  /**
   * Of a feature that takes something away: how much a policy takes, 0 for nothing. Of several readings
   * of a path the one that takes most counts, and a claim that is refuted still counts as a claim.
   *
   * @default the feature gives something: of several readings the one that gives least counts
   */
  readonly strictness?: (policy: v.InferOutput<Options>) => number;
  /** What to tell an operator about a rule's options. @default nothing */
  readonly warnings?: (
    policy: v.InferOutput<Options>,
    concerned: Concerned,
  ) => readonly PolicyWarning<string>[];
  /** Options that are accepted for this version, and what to write in their place. @default none */
  readonly deprecated?: Readonly<Record<string, string>>;
}

/** Thrown if a feature is defined in a way that nothing could work with. */
export class FeatureError extends TypeError {
  override readonly name = "FeatureError";
}

/**
 * Defines a feature. Throws a FeatureError if it has no action, or a reason names an action that it
 * does not have.
 */
export function defineFeature<Key extends string, Options extends OptionsSchema>(
  definition: FeatureDefinition<Key, Options>,
): FeatureDefinition<Key, Options> {
  const { key, words } = definition;
  const actions = Object.keys(words.actions);
  if (!/^[a-z][A-Za-z0-9]*$/.test(key)) throw new FeatureError(`a key is a word, not ${key}`);
  if (actions.length === 0) throw new FeatureError(`the feature ${key} has no action`);
  for (const [reason, { action }] of Object.entries(words.reasons)) {
    if (action !== undefined && !actions.includes(action)) {
      throw new FeatureError(`the reason ${reason} of ${key} names no action of it: ${action}`);
    }
  }
  return definition;
}
