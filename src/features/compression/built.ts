import * as v from "valibot";
import { isObject, parseJson } from "../../http/json.ts";
import { digest } from "../../cache/stored.ts";

const length = v.pipe(v.number(), v.safeInteger());

/** An entry of `deltas.json`; hashes are SHA-256 in hexadecimal, lengths bytes. */
const builtDelta = v.pipe(
  v.object({
    /** Name of the file beside `deltas.json`, and its hash and length. */
    file: v.string(),
    sha256: digest,
    length,
    /** Hash of the decoded content. */
    content: digest,
    contentLength: length,
    /** Hash of the older version. */
    dictionary: digest,
    coding: v.picklist(["dcb", "dcz"]),
    /** Paths of the new version and of the older one in their builds; for people. */
    path: v.string(),
    from: v.string(),
  }),
  // No other name, so that a list can't refer to files outside of its folder.
  v.check((delta) => delta.file === builtDeltaName(delta.content, delta.dictionary, delta.coding)),
);

export type BuiltDelta = Readonly<v.InferOutput<typeof builtDelta>>;

export function builtDeltaName(content: string, dictionary: string, coding: string): string {
  return `${content}-${dictionary}.${coding}`;
}

/** Characters of the longest list that is read. */
export const MOST_LISTED = 4 * 1024 * 1024;

/** Parses the well-formed entries of a `deltas.json`; undefined if the file is malformed. */
export function parseBuiltDeltas(text: string): BuiltDelta[] | undefined {
  if (text.length > MOST_LISTED) return undefined;
  const list = parseJson(text);
  if (!isObject(list) || list["version"] !== 1 || !Array.isArray(list["deltas"])) return undefined;
  return list["deltas"].filter((delta) => v.is(builtDelta, delta));
}
