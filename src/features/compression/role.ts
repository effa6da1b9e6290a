import { oncePer } from "../../http/once-per.ts";
import * as v from "valibot";
import { secondsOf } from "../../timing/duration.ts";
import { validPathPattern } from "../../http/path-pattern.ts";
import { splitTarget } from "../../http/target.ts";
import type { GroupBounds } from "./dictionary-groups.ts";
import { MOST_FOUND } from "./auto/budget.ts";
import { dictionaryOptions, type CompressionPolicy, type DictionaryPolicy } from "./policy.ts";

/** The role of a URL for the dictionaries of its rule. */
export type DictionaryRole =
  | { readonly kind: "none"; readonly reason: "no-dictionary-rule" | "outside-dictionary-match" }
  /** A response that the rule matches: a dictionary, or compressed with the stand-alone one. */
  | { readonly kind: "member"; readonly match: string; readonly isDictionary: boolean }
  /** The stand-alone dictionary itself. */
  | { readonly kind: "stand-alone"; readonly match: string }
  /** The automatic mode decides. */
  | { readonly kind: "automatic" };

/** A rule's compiled dictionary options. */
export interface CompiledDictionary {
  readonly policy: DictionaryPolicy;
  /** The same for what the automatic mode finds. */
  readonly automatic: DictionaryPolicy;
  readonly bounds: GroupBounds;
  readonly roleOf: (target: string) => DictionaryRole;
}

const NONE: DictionaryRole = { kind: "none", reason: "no-dictionary-rule" };
const OUTSIDE: DictionaryRole = { kind: "none", reason: "outside-dictionary-match" };

/**
 * Compiles each policy once; returns undefined for a policy without a dictionary.
 *
 * @param most bytes of content that this runtime can have in memory
 */
export function dictionaryCompiler(
  most = Infinity,
): (policy: CompressionPolicy) => CompiledDictionary | undefined {
  return oncePer(({ dictionary }) => {
    if (dictionary === false) return undefined;
    const options = dictionary === true ? v.parse(dictionaryOptions, {}) : dictionary;
    return compile({ ...options, maxBytes: Math.min(options.maxBytes, most) });
  });
}

function compile(policy: DictionaryPolicy): CompiledDictionary {
  const { match, from, keepFor, budget } = policy;
  const { dictionaries, bytes, variants } = budget;
  const pattern = match === undefined ? undefined : validPathPattern(match);
  const isAutomatic = policy.auto ?? match === undefined;
  const rest: DictionaryRole = isAutomatic
    ? { kind: "automatic" }
    : match === undefined
      ? NONE
      : OUTSIDE;
  return {
    policy,
    automatic: { ...policy, maxBytes: Math.min(policy.maxBytes, MOST_FOUND) },
    bounds: { dictionaries, bytes, variants, ttl: secondsOf(keepFor) },
    roleOf(target) {
      const { path } = splitTarget(target);
      if (match === undefined || pattern === undefined) return rest;
      if (path === from) return { kind: "stand-alone", match };
      return pattern.test(path)
        ? { kind: "member", match, isDictionary: from === undefined }
        : rest;
    },
  };
}
