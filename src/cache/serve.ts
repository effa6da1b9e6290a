import { FieldList, type Fields } from "../http/fields.ts";
import { parseHttpDate } from "../http/date.ts";
import { oncePer } from "../http/once-per.ts";
import { parseEntityTag, weaklyMatches } from "../http/validators.ts";
import type { CacheRequest, RevivedParts } from "./message.ts";
import { parseRange } from "./range.ts";
import { currentAge, type StoredHead } from "./stored.ts";

/** Fields that a 304 must not have (RFC 9110 §15.4.5): the client's cache would update its own. */
const DESCRIBES_CONTENT = new Set(["content-length", "content-encoding", "content-range"]);

/** The fields of a stored head, read once; do not change them. */
const storedFields = oncePer(({ fields }: StoredHead) => FieldList.from(fields));

/**
 * Makes the response to a request from a stored one: all, a part, or a 304 (RFC 9110 §13.2.2).
 *
 * @param now seconds since the epoch
 * @param ranges whether the stored bytes are those of the representation, as a part must be
 */
export function answerFrom(
  stored: StoredHead,
  content: Uint8Array<ArrayBuffer>,
  request: CacheRequest,
  { now, ranges }: { readonly now: number; readonly ranges: boolean },
): RevivedParts {
  const fields = storedFields(stored).copy();
  fields.set("age", String(currentAge(stored, now)));
  const { status, statusText } = stored;
  const unchanged = status === 200 ? notModified(request.fields, fields, now) : undefined;
  if (unchanged !== undefined) return unchanged;
  const isHead = request.method === "HEAD";
  const part =
    status === 200 && ranges && !isHead ? partOf(request.fields, fields, content) : undefined;
  if (part !== undefined) return part;
  return {
    status,
    statusText,
    fields,
    content: isHead || status === 204 ? null : content,
  };
}

/** The 304 to a client that has this representation; undefined if the client lacks it. */
export function notModified(
  request: Fields,
  fields: FieldList,
  now: number,
): RevivedParts | undefined {
  if (!isUnchanged(request, fields, now)) return undefined;
  const stored = FieldList.from(fields.flat(), (name) => DESCRIBES_CONTENT.has(name));
  return { status: 304, fields: stored, content: null };
}

/** Whether the client has the stored representation, by entity tag or else by date. */
function isUnchanged(request: Fields, stored: Fields, now: number): boolean {
  const tags = request.get("if-none-match");
  if (tags !== undefined) return tags.trim() === "*" || weaklyMatches(tags, stored.get("etag"));
  return isUnmodifiedSince(request.get("if-modified-since"), stored, now);
}

/** Whether Last-Modified is not after an If-Modified-Since (RFC 9110 §13.1.3). */
export function isUnmodifiedSince(date: string | undefined, stored: Fields, now: number): boolean {
  const since = parseHttpDate(date, now);
  if (since === undefined) return false;
  const modified = parseHttpDate(stored.get("last-modified"), now);
  return modified !== undefined && modified <= since;
}

function partOf(
  request: Fields,
  fields: FieldList,
  content: Uint8Array<ArrayBuffer>,
): RevivedParts | undefined {
  const field = request.get("range");
  if (field === undefined || !isSameForRange(request.get("if-range"), fields)) return undefined;
  const range = parseRange(field, content.length);
  if (range === "whole") return undefined;
  if (range === "unsatisfiable") {
    fields.set("content-range", `bytes */${content.length}`);
    fields.set("content-length", "0");
    return { status: 416, fields, content: new Uint8Array() };
  }
  const { first, last } = range;
  fields.set("content-range", `bytes ${first}-${last}/${content.length}`);
  fields.set("content-length", String(last - first + 1));
  return { status: 206, fields, content: content.slice(first, last + 1) };
}

/** RFC 9110 §13.1.5: the same strong entity tag or exactly the same date, nothing weaker. */
function isSameForRange(condition: string | undefined, fields: Fields): boolean {
  if (condition === undefined) return true;
  if (condition.startsWith('"')) {
    const etag = fields.get("etag");
    return etag === condition && parseEntityTag(etag)?.weak === false;
  }
  return !condition.startsWith("W/") && fields.get("last-modified") === condition;
}
