import * as v from "valibot";
import { compilePathPattern, areDisjoint } from "../../http/path-pattern.ts";
import { wholeNumber } from "../../http/schemas.ts";
import { duration } from "../../timing/duration.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";
import type { Concerned } from "../../feature/define.ts";
import type { PolicyWarning } from "../../pipeline/policy.ts";

/** Values of `Sec-Fetch-Dest` that a dictionary can be limited to (RFC 9842 §2.1.2). */
const destination = v.pipe(v.string(), v.regex(/^[a-z]{0,32}$/, "a request destination"));

/** Why a pattern is not valid for a dictionary; undefined if it is. */
function patternFault(pattern: string): string | undefined {
  // RFC 9842 §2.1.1: neither another origin nor a regular expression; browsers ignore such a field.
  if (/^(?:[a-z][a-z0-9+.*-]*:|\/\/)/i.test(pattern)) {
    return 'browsers ignore a dictionary for another origin; write only the path, which begins with "/"';
  }
  if (/(?<!\\)\(/.test(pattern)) {
    return "browsers ignore a dictionary whose pattern has regular expression groups";
  }
  // Other parts of the URL would follow; wayleave matches paths only.
  if (/(?<!\\)[?#]/.test(pattern)) return 'the pattern is for the path only; remove "?" and "#"';
  const compiled = compilePathPattern(pattern);
  if ("fault" in compiled) return compiled.fault;
  // It becomes a String of structured fields (RFC 9651 §3.3.3).
  return /^[\x20-\x7e]*$/.test(pattern)
    ? undefined
    : "a dictionary pattern is ASCII: percent-encode other characters";
}

/** Bounds on the cost of dictionaries, per match group unless stated otherwise. */
const budgetOptions = v.strictObject({
  /**
   * Number of versions stored as dictionaries. One more evicts the version that the fewest clients
   * requested, of several the least recently used. @default 16
   */
  dictionaries: v.optional(wholeNumber(1, 200), 16),
  /** Bytes of all stored versions together. @default 67108864 */
  bytes: v.optional(wholeNumber(65_536, 4_294_967_296), 67_108_864),
  /** Number of deltas stored for one version of a URL. @default 24 */
  variants: v.optional(wholeNumber(1, 400), 24),
  /**
   * Content up to this many bytes is compressed while the client waits; larger content in the
   * background, for the next client. @default 2097152
   */
  inlineBytes: v.optional(wholeNumber(0, 134_217_728), 2_097_152),
  /**
   * Share of the plain coding that a delta must save before the automatic mode starts. @default 0.5
   */
  gain: v.optional(v.pipe(v.number(), v.minValue(0.05), v.maxValue(0.99)), 0.5),
  /** Trials of the automatic mode per hour. @default 6 */
  trials: v.optional(wholeNumber(0, 1000), 6),
});

const dictionaryPattern = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const fault = patternFault(dataset.value);
    if (fault !== undefined) addIssue({ message: fault });
  }),
);

/**
 * Dictionaries, named by a rule or found automatically; later versions are sent as deltas (RFC
 * 9842).
 */
const options = v.strictObject({
  /**
   * URL Pattern of the responses that serve as dictionaries for each other (RFC 9842 §2.1.1), or a list
   * of them. Each text in the place of `:name` has dictionaries of its own.
   * @default none, so `auto` @example "/assets/:chunk.*.js"
   */
  match: v.optional(
    v.union([
      dictionaryPattern,
      v.pipe(v.array(dictionaryPattern), v.minLength(1), v.maxLength(200)),
    ]),
  ),
  /** Destinations that browsers may use the dictionary for. @default all @example ["script"] */
  matchDest: v.optional(v.array(destination), []),
  /**
   * Browsers send it back in Dictionary-ID, which the proxy ignores. At most 1024 characters.
   * @default none @example "app"
   */
  id: v.optional(v.pipe(v.string(), v.maxLength(1024), v.regex(/^[\x20-\x7e]*$/, "ASCII"))),
  /**
   * Path of a stand-alone dictionary: the only dictionary for `match`; pages name it in `Link`.
   * @default none
   */
  from: v.optional(v.pipe(v.string(), v.regex(/^\/[\x21-\x7e]*$/, 'a path that begins with "/"'))),
  /** How long a version serves as a dictionary after its last use. @default "30d" */
  keepFor: v.optional(duration("1s"), "30d"),
  /** Finds content that changes little between versions. @default true if `match` is absent */
  auto: v.optional(v.boolean()),
  /**
   * Makes a dictionary of the text that pages of the site share, and offers it: part of the
   * automatic mode. @default true
   */
  pages: v.optional(v.boolean(), true),
  /** Folder of prebuilt deltas, written by `wayleave deltas build`. @default none */
  deltas: v.optional(v.pipe(v.string(), v.minLength(1))),
  /**
   * States that no response depends on cookies, so that pages and the automatic mode may ignore
   * them. @default false
   */
  ignoreCookies: v.optional(v.boolean(), false),
  /**
   * Larger responses are neither stored nor sent as deltas, in bytes; at most 16777216 on Workers, and
   * in the automatic mode. @default 8388608
   */
  maxBytes: v.optional(wholeNumber(1024, 134_217_728), 8_388_608),
  /**
   * Bounds on the cost of dictionaries. @default the bounds below @example { "dictionaries": 8 }
   */
  budget: v.optional(budgetOptions, {}),
});

export const dictionaryOptions = v.pipe(
  options,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { match, auto, deltas, from } = dataset.value;
    if (deltas !== undefined && match === undefined && auto === false) {
      addIssue({ message: '"deltas" needs "match", or the automatic mode ("auto")' });
    }
    // A dictionary has one pattern (RFC 9842 §2.1.1).
    if (from !== undefined && patternsOf(match).length !== 1) {
      addIssue({ message: '"from" needs one pattern in "match"' });
    }
  }),
);

/** The patterns of a dictionary's `match`. */
export function patternsOf(match: string | readonly string[] | undefined): readonly string[] {
  return match === undefined ? [] : typeof match === "string" ? [match] : match;
}

/** The plain content codings that the proxy can make. */
const PLAIN_CODINGS = ["br", "zstd", "gzip"] as const;

/** The options under `compression`. */
export const compressionOptions = v.strictObject({
  ...modeEntries,
  /**
   * Codings for uncompressed content, in the order of preference; or "platform", which leaves this
   * to a server in front. @default ["br", "zstd", "gzip"]
   */
  codings: v.optional(v.union([v.literal("platform"), v.array(v.picklist(PLAIN_CODINGS))]), [
    ...PLAIN_CODINGS,
  ]),
  /** Smaller content is not compressed, in bytes. @default 1024 */
  minBytes: v.optional(wholeNumber(0, 1_048_576), 1024),
  /**
   * Stores public responses at the highest quality, and serves them without a request to the origin
   * server while they are fresh. @default true
   */
  keep: v.optional(v.boolean(), true),
  /**
   * Deltas against content that the client has: true for the automatic mode, or the options.
   * @default false
   */
  dictionary: v.optional(v.union([v.boolean(), dictionaryOptions]), false),
});

export type DictionaryPolicy = v.InferOutput<typeof dictionaryOptions>;
export type CompressionPolicy = v.InferOutput<typeof compressionOptions>;

/** Warnings about a rule's options, given the paths that the rule is about. */
export function compressionWarnings(
  { dictionary }: CompressionPolicy,
  { paths }: Concerned,
): PolicyWarning<"no-effect">[] {
  const match = typeof dictionary === "object" ? dictionary.match : undefined;
  if (paths === undefined) return [];
  return patternsOf(match).flatMap((pattern, i) => {
    if (paths.some((each) => !areDisjoint(each, pattern))) return [];
    const message = `no path that the rule matches also matches the dictionary's pattern ${JSON.stringify(pattern)}`;
    const place = typeof match === "string" ? [] : [i];
    return [
      { level: "warning", code: "no-effect", path: ["dictionary", "match", ...place], message },
    ] as const;
  });
}
