import type { Fields } from "../http/fields.ts";
import { describeNotModified } from "../http/representation.ts";
import {
  dateOfTag,
  formatEntityTag,
  isSameDate,
  namesVariant,
  parseEntityTag,
  parseEntityTags,
  type EntityTag,
} from "../http/validators.ts";

/** The preconditions of a request that the proxy itself evaluates. */
export interface Preconditions {
  /** If-None-Match as sent to the origin server; its 304 confirms one of these. */
  readonly forwarded: readonly EntityTag[];
  /** If-None-Match as received, to compare with the response. */
  readonly cached: readonly EntityTag[] | "*";
  /** If-Match as received, to compare with the response. */
  readonly required: readonly EntityTag[] | undefined;
  /** If-Modified-Since as received, if it was not sent to the origin server. */
  readonly since?: string | undefined;
}

/** The origin server evaluates all preconditions. */
export const NO_PRECONDITIONS: Preconditions = { forwarded: [], cached: [], required: undefined };

/** The result of comparing the client's preconditions with the response. */
type PreconditionResult =
  | { readonly kind: "send" }
  | { readonly kind: "failed" }
  | { readonly kind: "not-modified"; readonly cached: EntityTag | undefined };

const SEND: PreconditionResult = { kind: "send" };

/** Removes If-None-Match and If-Modified-Since from a request, and returns them to compare with the response. */
export function removePreconditions(fields: Fields): Pick<Preconditions, "cached" | "since"> {
  const tags = fields.get("if-none-match");
  const since = removeDate(fields);
  fields.delete("if-none-match");
  if (tags === undefined) return { cached: [], since };
  return { cached: tags.trim() === "*" ? "*" : (parseEntityTags(tags) ?? []) };
}

/** RFC 9110 §13.1.3: a date beside If-None-Match is ignored. */
function removeDate(fields: Fields): string | undefined {
  const since = fields.get("if-modified-since");
  fields.delete("if-modified-since");
  return fields.get("if-none-match") === undefined ? since : undefined;
}

/**
 * Rewrites the preconditions of a request (RFC 9110 §13) so that the origin server gets only its own
 * entity tags, and only those of the media type that the client is to get.
 *
 * @param variant the media-type variant of ours that the client is to get, e.g. "md"
 */
export function translatePreconditions(
  fields: Fields,
  method: string,
  variant: string | undefined,
): Preconditions {
  if (namesVariant(fields.get("if-range"))) {
    // Our entity tags are weak, and If-Range needs a strong one (RFC 9110 §13.1.5): request the whole.
    fields.delete("if-range");
    fields.delete("range");
  }
  if (method !== "GET" && method !== "HEAD") {
    // For an unsafe method, an entity tag names the state of the resource, in whichever representation.
    for (const name of ["if-match", "if-none-match"]) {
      const value = fields.get(name);
      const tags = namesVariant(value) ? parseEntityTags(value ?? "") : undefined;
      if (tags !== undefined) fields.set(name, stems(tags));
      const [date, ...more] = (tags ?? []).map(dateOfTag);
      // RFC 9110 §13.1.4: the date's own form of If-Match; If-None-Match has none for these methods.
      if (name !== "if-match" || date === undefined || more.length > 0) continue;
      fields.delete(name);
      fields.set("if-unmodified-since", date);
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
  // The origin server may itself have the wanted media type: forward its own tags too.
  const translated = tags.filter(
    (tag) => mediaVariant(tag) === variant || tag.variant.length === 0,
  );
  // A server without tags would fail any; `required` is evaluated on its response.
  if (translated.some((tag) => dateOfTag(tag) !== undefined)) fields.delete("if-match");
  else if (translated.length > 0) fields.set("if-match", stems(translated));
  return tags;
}

function translateIfNoneMatch(fields: Fields, variant: string | undefined): Preconditions {
  const value = fields.get("if-none-match");
  if (variant === undefined && !namesVariant(value)) return NO_PRECONDITIONS;
  // A date does not distinguish media types, and our variants have none.
  const since = removeDate(fields);
  if (value === undefined) return { ...NO_PRECONDITIONS, since };
  if (value.trim() === "*") {
    fields.delete("if-none-match");
    return { ...NO_PRECONDITIONS, cached: "*" };
  }
  const cached = parseEntityTags(value) ?? [];
  const ofForm = cached.filter((tag) => mediaVariant(tag) === variant);
  const forwarded = ofForm.filter((tag) => dateOfTag(tag) === undefined);
  if (forwarded.length > 0) fields.set("if-none-match", stems(forwarded));
  else fields.delete("if-none-match");
  // RFC 9110 §13.1.3: a server that has no tag evaluates a date; of several, the last is current.
  const dated = forwarded.length > 0 ? undefined : latest(ofForm);
  if (dated === undefined) return { forwarded, cached, required: undefined };
  fields.set("if-modified-since", dateOfTag(dated) ?? "");
  return { forwarded: [dated], cached, required: undefined };
}

function latest(dated: readonly EntityTag[]): EntityTag | undefined {
  return dated.toSorted((a, b) => Number(b.stem) - Number(a.stem))[0];
}

/**
 * Whether a 304 confirms what it was asked for. By RFC 9110 §13.1.3 it also stands for an older date
 * than the client's, e.g. after a deploy was taken back: that is another version.
 */
export function isConfirmed(
  fields: Fields,
  { forwarded }: Pick<Preconditions, "forwarded">,
): boolean {
  const asked = forwarded.map(dateOfTag).find((date) => date !== undefined);
  const modified = fields.get("last-modified");
  return asked === undefined || modified === undefined || isSameDate(asked, modified);
}

/** Gives the origin server's 304 the entity tag that the client has. */
export function restoreEntityTag(fields: Fields, { forwarded }: Preconditions): void {
  const [first] = forwarded;
  if (first === undefined) return;
  const current = dateOfTag(first) ? undefined : parseEntityTag(fields.get("etag") ?? "");
  const same = forwarded.filter(({ stem }) => stem === (current ?? first).stem);
  // A 304 without an entity tag to a request with several: it is unknown which one it confirms.
  if (current === undefined && same.length < forwarded.length) return;
  const cached = same.find(({ variant }) => variant.length === 0) ?? same[0];
  if (cached === undefined || cached.variant.length === 0) return;
  const isOther = mediaVariant(cached) !== undefined;
  describeNotModified(fields, formatEntityTag(cached), isOther);
  // The stored response has them, joined with those of the page itself.
  if (isOther) for (const name of STATED_BY_PAGES) fields.delete(name);
}

/** Fields of our other forms of a page to which its `<meta>` elements add. */
const STATED_BY_PAGES = ["x-robots-tag", "content-signal", "tdm-reservation", "tdm-policy"];

/** Evaluates the remaining preconditions (RFC 9110 §13.2.2) on the fields of a 200. */
export function concludePreconditions(
  fields: Fields,
  { cached, required, since }: Preconditions,
): PreconditionResult {
  if (cached.length === 0 && required === undefined && since === undefined) return SEND;
  const current = parseEntityTag(fields.get("etag") ?? "");
  const matches = (tag: EntityTag): boolean =>
    tag.stem === current?.stem &&
    mediaVariant(tag) === mediaVariant(current) &&
    (dateOfTag(tag) === undefined) === (dateOfTag(current) === undefined);
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

/**
 * Lists each tag as strong and as weak, since some servers compare the spelling; If-None-Match compares
 * weakly anyway.
 */
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
