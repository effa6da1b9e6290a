import type { Fields } from "../http/fields.ts";
import { describeNotModified } from "../http/representation.ts";
import {
  formatEntityTag,
  namesVariant,
  parseEntityTag,
  parseEntityTags,
  type EntityTag,
} from "../http/validators.ts";

/** The preconditions of a request that the origin server can't evaluate for us. */
export interface Preconditions {
  /** If-None-Match as sent to the origin: the entity tags that its 304 may confirm. */
  readonly asked: readonly EntityTag[];
  /** If-None-Match as received, to be compared with what we are about to send. */
  readonly cached: readonly EntityTag[] | "*";
  /** If-Match as received, to be compared with what we are about to send. */
  readonly required: readonly EntityTag[] | undefined;
  /** If-Modified-Since as received, if it was not sent to the origin server. */
  readonly since?: string | undefined;
}

/** Nothing is left to evaluate. */
export const NO_PRECONDITIONS: Preconditions = { asked: [], cached: [], required: undefined };

/** The result of comparing the client's preconditions with the response that it is about to get. */
export type PreconditionResult =
  | { readonly kind: "send" }
  | { readonly kind: "failed" }
  | { readonly kind: "not-modified"; readonly cached: EntityTag | undefined };

const SEND: PreconditionResult = { kind: "send" };

/**
 * Removes a request's preconditions, to be compared with the response that the client is about to
 * get.
 */
export function takePreconditions(fields: Fields): Pick<Preconditions, "cached" | "since"> {
  const tags = fields.get("if-none-match");
  const since = takeDate(fields);
  fields.delete("if-none-match");
  if (tags === undefined) return { cached: [], since };
  return { cached: tags.trim() === "*" ? "*" : (parseEntityTags(tags) ?? []) };
}

/** RFC 9110 §13.1.3: a date beside If-None-Match is ignored. */
function takeDate(fields: Fields): string | undefined {
  const since = fields.get("if-modified-since");
  fields.delete("if-modified-since");
  return fields.get("if-none-match") === undefined ? since : undefined;
}

/**
 * Rewrites the preconditions of a request (RFC 9110 §13) so that the origin server sees its own
 * entity tags, and none of another media type than the one that the client is to get.
 *
 * @param variant the media-type variant of ours that the client is to get, e.g. "md"
 */
export function translatePreconditions(
  fields: Fields,
  method: string,
  variant: string | undefined,
): Preconditions {
  if (namesVariant(fields.get("if-range"))) {
    // Our entity tags are weak, and If-Range needs a strong one (RFC 9110 §13.1.5): the whole
    // content is sent.
    fields.delete("if-range");
    fields.delete("range");
  }
  if (method !== "GET" && method !== "HEAD") {
    // A method that changes a resource names its state, whichever representation the entity tag
    // came from.
    for (const name of ["if-match", "if-none-match"]) {
      const value = fields.get(name);
      const tags = namesVariant(value) ? parseEntityTags(value ?? "") : undefined;
      if (tags !== undefined) fields.set(name, stems(tags));
    }
    return NO_PRECONDITIONS;
  }
  const required = translateIfMatch(fields, variant);
  const found = translateIfNoneMatch(fields, variant);
  return required === undefined ? found : { ...found, required };
}

function translateIfMatch(
  fields: Fields,
  variant: string | undefined,
): readonly EntityTag[] | undefined {
  const value = fields.get("if-match");
  if (value === undefined || (variant === undefined && !namesVariant(value))) return undefined;
  const tags = parseEntityTags(value);
  if (tags === undefined) return undefined;
  // The origin may have the wanted media type itself: its own tags are sent on, and the result is
  // checked later.
  const translated = tags.filter(
    (tag) => mediaVariant(tag) === variant || tag.variant.length === 0,
  );
  if (translated.length > 0) fields.set("if-match", stems(translated));
  return tags;
}

function translateIfNoneMatch(fields: Fields, variant: string | undefined): Preconditions {
  const value = fields.get("if-none-match");
  if (variant === undefined && !namesVariant(value)) return NO_PRECONDITIONS;
  // Dates don't tell media types apart (and our variants carry none).
  const since = takeDate(fields);
  if (value === undefined) return { ...NO_PRECONDITIONS, since };
  if (value.trim() === "*") {
    fields.delete("if-none-match");
    return { ...NO_PRECONDITIONS, cached: "*" };
  }
  const cached = parseEntityTags(value) ?? [];
  const asked = cached.filter((tag) => mediaVariant(tag) === variant);
  if (asked.length > 0) fields.set("if-none-match", stems(asked));
  else fields.delete("if-none-match");
  return { asked, cached, required: undefined };
}

/** Gives the origin's 304 the entity tag by which the client stored the representation. */
export function restoreEntityTag(fields: Fields, { asked }: Preconditions): void {
  const [first] = asked;
  if (first === undefined) return;
  const current = parseEntityTag(fields.get("etag") ?? "");
  const same = asked.filter(({ stem }) => stem === (current ?? first).stem);
  // The origin's 304 has no entity tag and the request had several: none can be named.
  if (current === undefined && same.length < asked.length) return;
  const cached = same.find(({ variant }) => variant.length === 0) ?? same[0];
  if (cached === undefined || cached.variant.length === 0) return;
  describeNotModified(fields, formatEntityTag(cached), mediaVariant(cached) !== undefined);
}

/**
 * Evaluates the preconditions that the origin server could not (RFC 9110 §13.2.2), on the fields of
 * a 200.
 */
export function concludePreconditions(
  fields: Fields,
  { cached, required, since }: Preconditions,
): PreconditionResult {
  if (cached.length === 0 && required === undefined && since === undefined) return SEND;
  const current = parseEntityTag(fields.get("etag") ?? "");
  const matches = (tag: EntityTag): boolean =>
    tag.stem === current?.stem && mediaVariant(tag) === mediaVariant(current);
  if (required !== undefined && !required.some(matches)) return { kind: "failed" };
  if (cached === "*") return { kind: "not-modified", cached: undefined };
  const match = cached.find(matches);
  if (match !== undefined) return { kind: "not-modified", cached: match };
  return isUnchangedSince(fields.get("last-modified"), since)
    ? { kind: "not-modified", cached: undefined }
    : SEND;
}

/** RFC 9110 §13.1.3 */
function isUnchangedSince(modified: string | undefined, since: string | undefined): boolean {
  if (modified === undefined || since === undefined) return false;
  return Date.parse(modified) <= Date.parse(since);
}

/** Both strengths, since some servers compare the spelling; If-None-Match compares weakly anyway. */
function stems(tags: readonly EntityTag[]): string {
  const found = new Set<string>();
  for (const { stem, weak, variant } of tags) {
    found.add(`${weak ? "W/" : ""}"${stem}"`);
    if (variant.length > 0) found.add(`"${stem}"`);
  }
  return [...found].join(", ");
}

/** The part of a variant's name that changes the media type; content codings do not. */
function mediaVariant(tag: EntityTag): string | undefined {
  return tag.variant.includes("md") ? "md" : undefined;
}
