import { oncePer } from "../../http/once-per.ts";
import * as v from "valibot";
import { secondsOf } from "../../timing/duration.ts";
import { validPathPattern, type PathPattern } from "../../http/path-pattern.ts";
import { splitTarget } from "../../http/target.ts";
import type { GroupBounds } from "./dictionary-groups.ts";
import { MOST_FOUND } from "./auto/budget.ts";
import {
  dictionaryOptions,
  patternsOf,
  type CompressionPolicy,
  type DictionaryPolicy,
} from "./policy.ts";

/** The role of a URL for the dictionaries of its rule. */
export type DictionaryRole =
  | { readonly kind: "none"; readonly reason: "no-dictionary-rule" | "outside-dictionary-match" }
  /** A response that the rule matches: a dictionary, or compressed with the stand-alone one. */
  | {
      readonly kind: "member";
      readonly match: string;
      readonly isDictionary: boolean;
      /** Whether the pattern names an extension: then the media type counts for less. */
      readonly isNamed: boolean;
    }
  /** The stand-alone dictionary itself. */
  | { readonly kind: "stand-alone"; readonly match: string }
  /** The automatic mode decides. */
  | { readonly kind: "automatic" };

/** How a rule names the content of this role, besides by its path. */
export function namedBy(role: DictionaryRole): "extension" | "stand-alone" | undefined {
  if (role.kind === "stand-alone") return "stand-alone";
  return role.kind === "member" && role.isNamed ? "extension" : undefined;
}

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
  const patterns = patternsOf(match).map((source) => ({
    pattern: validPathPattern(source),
    isNamed: NAMES_EXTENSION.test(source),
  }));
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
      const [first] = patterns;
      if (path === from && first !== undefined) {
        return { kind: "stand-alone", match: first.pattern.source };
      }
      const found = patterns.find(({ pattern }) => pattern.test(path));
      if (found === undefined) return rest;
      const { pattern, isNamed } = found;
      const isDictionary = from === undefined;
      const group = isDictionary ? withNames(pattern, path) : pattern.source;
      return { kind: "member", match: group, isDictionary, isNamed };
    },
  };
}

/** A pattern whose end is an extension, such as `/models/*.onnx`. */
const NAMES_EXTENSION = /\.[a-z0-9]{1,16}$/i;

/** The pattern with the text of this path in the place of each `:name`. */
function withNames(pattern: PathPattern, path: string): string {
  if (!pattern.parts.some(({ kind }) => kind === "segment")) return pattern.source;
  const groups = pattern.exec(path);
  return pattern.parts
    .map((part) => {
      if (part.kind === "any") return "*";
      const text = part.kind === "literal" ? part.text : (groups?.get(part.name) ?? "");
      return text.replace(/[\\:*?+(){}]/g, "\\$&");
    })
    .join("");
}
