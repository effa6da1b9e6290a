import * as v from "valibot";
import { compilePathPattern } from "../../http/path-pattern.ts";
import { anyDuration } from "../../timing/duration.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";

/** Values of `Sec-Fetch-Dest` that a dictionary can be limited to (RFC 9842 §2.1.2). */
const destination = v.pipe(v.string(), v.regex(/^[a-z]{0,32}$/, "a request destination"));

/** Why a pattern would not make a dictionary; undefined where it does. */
function patternFault(pattern: string): string | undefined {
  // RFC 9842 §2.1.1: neither another origin nor a regular expression; browsers ignore such a field.
  if (/^(?:[a-z][a-z0-9+.*-]*:|\/\/)/i.test(pattern)) {
    return 'browsers ignore a dictionary for another origin; write the path only, from its "/" on';
  }
  if (/(?<!\\)\(/.test(pattern)) {
    return "browsers ignore a dictionary whose pattern has regular expression groups";
  }
  // What comes behind is another part of the URL, and ours is matched with paths.
  if (/(?<!\\)[?#]/.test(pattern)) return 'the pattern is for the path; leave out "?" and "#"';
  const compiled = compilePathPattern(pattern);
  if ("fault" in compiled) return compiled.fault;
  // It becomes a String of structured fields (RFC 9651 §3.3.3).
  return /^[\x20-\x7e]*$/.test(pattern)
    ? undefined
    : "a dictionary pattern is ASCII: percent-encode the rest";
}

const duration = anyDuration(1);

const wholeNumber = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** What dictionaries may cost; each bound is per match group unless it says otherwise. */
const budgetOptions = v.strictObject({
  /** Versions kept as dictionaries; beyond it the one used longest ago goes. @default 16 */
  dictionaries: v.optional(wholeNumber(1, 200), 16),
  /** Bytes of all versions together. @default 67108864 */
  bytes: v.optional(wholeNumber(65_536, 4_294_967_296), 67_108_864),
  /** Deltas kept of one version of a URL. @default 24 */
  variants: v.optional(wholeNumber(1, 400), 24),
  /** Content up to this many bytes is compressed while the client waits; beyond, for the next one. @default 2097152 */
  inlineBytes: v.optional(wholeNumber(0, 16_777_216), 2_097_152),
  /** Share of the plain coding that the automatic mode expects to save before it starts. @default 0.5 */
  gain: v.optional(v.pipe(v.number(), v.minValue(0.05), v.maxValue(0.99)), 0.5),
  /** Trials that the automatic mode makes in an hour at most. @default 6 */
  trials: v.optional(wholeNumber(0, 1000), 6),
});

/** Dictionaries, managed or found by themselves; later versions are answered as deltas (RFC 9842). */
export const dictionaryOptions = v.strictObject({
  /** URL Pattern of the responses that serve as dictionaries for each other (RFC 9842 §2.1.1). @default none, so `auto` @example "/assets/app.*.js" */
  match: v.optional(
    v.pipe(
      v.string(),
      v.rawCheck(({ dataset, addIssue }) => {
        if (!dataset.typed) return;
        const fault = patternFault(dataset.value);
        if (fault !== undefined) addIssue({ message: fault });
      }),
    ),
  ),
  /** Destinations that the dictionary is for. @default all @example ["script"] */
  matchDest: v.optional(v.array(destination), []),
  /** Echoed by clients in Dictionary-ID; never trusted. At most 1024 characters. @default none @example "app" */
  id: v.optional(v.pipe(v.string(), v.maxLength(1024), v.regex(/^[\x20-\x7e]*$/, "ASCII"))),
  /** Path of a stand-alone dictionary: it alone is one for `match`, and pages name it in `Link`. @default none */
  from: v.optional(v.pipe(v.string(), v.regex(/^\/[\x21-\x7e]*$/, 'a path from its "/" on'))),
  /** How long a version serves as dictionary after it was last seen. @default "30d" */
  keepFor: v.optional(duration, "30d"),
  /** Finds what changes little from version to version by itself. @default true where `match` is absent */
  auto: v.optional(v.boolean()),
  /** Folder of deltas built ahead by `wayleave deltas build`. @default none */
  deltas: v.optional(v.pipe(v.string(), v.minLength(1))),
  /** Says that no response depends on cookies, so that pages and the automatic mode may look past them. @default false */
  ignoreCookies: v.optional(v.boolean(), false),
  /** Larger responses are neither kept nor answered as deltas, in bytes. @default 8388608 */
  maxBytes: v.optional(wholeNumber(1024, 16_777_216), 8_388_608),
  /** What dictionaries may cost. @default the bounds below @example { "dictionaries": 8 } */
  budget: v.optional(budgetOptions, {}),
});

/** Plain content codings that we can make. */
export const PLAIN_CODINGS = ["br", "zstd", "gzip"] as const;

/** What a rules file may say under `compression`. */
export const compressionOptions = v.strictObject({
  ...modeEntries,
  /** Codings for what comes uncompressed, the first of those that a client likes best alike; or "platform", which leaves it to what is in front. @default ["br", "zstd", "gzip"] */
  codings: v.optional(v.union([v.literal("platform"), v.array(v.picklist(PLAIN_CODINGS))]), [
    ...PLAIN_CODINGS,
  ]),
  /** Smaller content is left as it is, in bytes. @default 1024 */
  minBytes: v.optional(wholeNumber(0, 1_048_576), 1024),
  /** Keeps public responses at the highest quality, and serves them without asking the origin while they are fresh. @default true */
  keep: v.optional(v.boolean(), true),
  /** Deltas against what a client has: true for the automatic mode, or the options. @default false */
  dictionary: v.optional(v.union([v.boolean(), dictionaryOptions]), false),
});

export type DictionaryPolicy = v.InferOutput<typeof dictionaryOptions>;
export type CompressionPolicy = v.InferOutput<typeof compressionOptions>;
