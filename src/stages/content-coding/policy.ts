import * as v from "valibot";
import { compilePathPattern } from "../../http/path-pattern.ts";
import { parseDuration } from "../../http/duration.ts";
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

/** A managed dictionary: what matches is kept, and later versions are answered as deltas. */
export const dictionaryOptions = v.strictObject({
  /** URL Pattern of the responses that serve as dictionaries for each other (RFC 9842 §2.1.1). @example "/assets/app.*.js" */
  match: v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const fault = patternFault(dataset.value);
      if (fault !== undefined) addIssue({ message: fault });
    }),
  ),
  /** Destinations that the dictionary is for. @default all @example ["script"] */
  matchDest: v.optional(v.array(destination), []),
  /** Echoed by clients in Dictionary-ID; never trusted. At most 1024 characters. @default none @example "app" */
  id: v.optional(v.pipe(v.string(), v.maxLength(1024), v.regex(/^[\x20-\x7e]*$/, "ASCII"))),
  /** How long a version serves as dictionary after it was last seen. @default "30d" */
  keepFor: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => (parseDuration(text) ?? 0) > 0, 'a duration such as "30d" or "12h"'),
    ),
    "30d",
  ),
  /** Larger responses are neither kept nor answered as deltas, in bytes. @default 8388608 */
  maxBytes: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(16_777_216)),
    8_388_608,
  ),
});

/** What a rules file may say under `compression`. */
export const compressionOptions = v.strictObject({
  ...modeEntries,
  /** Deltas against a version that the client has, or false. @default false @example { "match": "/assets/app.*.js" } */
  dictionary: v.optional(v.union([v.literal(false), dictionaryOptions]), false),
});

export type DictionaryPolicy = v.InferOutput<typeof dictionaryOptions>;
export type CompressionPolicy = v.InferOutput<typeof compressionOptions>;
