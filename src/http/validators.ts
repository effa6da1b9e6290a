import { parseHttpDate } from "./date.ts";

// A derived ETag is the origin server's tag, this mark, and the variant's name.
const MARK = ";wl=";

/** The first variant of a tag that is derived from Last-Modified: its stem is that date in seconds. */
const DATED = "date";

/** For years of two digits, which no server of today sends. */
const THIS_CENTURY = 2_000_000_000;

/** An entity tag (RFC 9110 §8.8.3), split into the origin server's tag and our variant's name. */
export interface EntityTag {
  readonly weak: boolean;
  /** The origin server's opaque tag. */
  readonly stem: string;
  /** The names of our variants, e.g. "md"; empty for the origin server's own tag. */
  readonly variant: readonly string[];
}

/** Parses one entity tag; undefined if it is invalid. */
export function parseEntityTag(text: string): EntityTag | undefined {
  const weak = text.startsWith("W/");
  const quoted = weak ? text.slice(2) : text;
  if (quoted.length < 2 || !quoted.startsWith('"') || !quoted.endsWith('"')) return undefined;
  const opaque = quoted.slice(1, -1);
  if (opaque.includes('"')) return undefined;
  const mark = opaque.lastIndexOf(MARK);
  if (mark === -1) return { weak, stem: opaque, variant: [] };
  return {
    weak,
    stem: opaque.slice(0, mark),
    variant: opaque.slice(mark + MARK.length).split("+"),
  };
}

export function formatEntityTag(tag: EntityTag): string {
  const mark = tag.variant.length === 0 ? "" : MARK + tag.variant.join("+");
  return `${tag.weak ? "W/" : ""}"${tag.stem}${mark}"`;
}

/** The entity tag of a variant; weak, since another release may derive other bytes. */
export function deriveEntityTag(origin: string, variant: string): string | undefined {
  const tag = parseEntityTag(origin);
  if (tag === undefined) return undefined;
  return formatEntityTag({ ...tag, weak: true, variant: [...tag.variant, variant] });
}

/**
 * The entity tag of a variant of a response that has a date instead of a tag.
 *
 * @param modified Last-Modified of the response
 */
export function deriveDateTag(modified: string, variant: string): string | undefined {
  const seconds = parseHttpDate(modified, THIS_CENTURY);
  if (seconds === undefined || seconds < 0) return undefined;
  return formatEntityTag({ weak: true, stem: String(seconds), variant: [DATED, variant] });
}

/** The Last-Modified from which a tag is derived, as HTTP-date; undefined if it is derived from a tag. */
export function dateOfTag({ stem, variant }: EntityTag): string | undefined {
  if (variant[0] !== DATED || !/^\d{1,12}$/.test(stem)) return undefined;
  const date = new Date(Number(stem) * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toUTCString();
}

/** Whether two values of Last-Modified name the same second. */
export function isSameDate(one: string, other: string): boolean {
  return parseHttpDate(one, THIS_CENTURY) === parseHttpDate(other, THIS_CENTURY);
}

/** The entity tags of If-Match or If-None-Match; undefined for `*` and malformed values. */
export function parseEntityTags(value: string): EntityTag[] | undefined {
  const members = splitTags(value);
  const tags = members.map(parseEntityTag).filter((tag) => tag !== undefined);
  return tags.length === members.length ? tags : undefined;
}

/** Splits at commas outside of tags; a backslash in a tag has no special meaning. */
function splitTags(value: string): string[] {
  return (value.match(/(?:"[^"]*"|[^",])+|"/g) ?? [])
    .map((member) => member.trim())
    .filter((member) => member !== "");
}

/** Whether a field value names a variant of ours; a cheap test before parsing. */
export function namesVariant(value: string | undefined): boolean {
  return value !== undefined && value.includes(MARK);
}

/** Whether an If-None-Match lists an entity tag, compared weakly (RFC 9110 §8.8.3.2, §13.1.2). */
export function weaklyMatches(ifNoneMatch: string | undefined, etag: string | undefined): boolean {
  const current = etag === undefined ? undefined : parseEntityTag(etag);
  if (ifNoneMatch === undefined || current === undefined) return false;
  const opaque = formatEntityTag({ ...current, weak: false });
  return (parseEntityTags(ifNoneMatch) ?? []).some(
    (tag) => formatEntityTag({ ...tag, weak: false }) === opaque,
  );
}

/**
 * The tag in an If-None-Match that stands for the origin server's current representation in any
 * content coding of ours (RFC 9110 §13.1.2); undefined if none does.
 *
 * @param etag the origin server's
 */
export function storedTag(
  ifNoneMatch: string | undefined,
  etag: string | undefined,
): EntityTag | undefined {
  const current = etag === undefined ? undefined : parseEntityTag(etag);
  if (ifNoneMatch === undefined || current === undefined) return undefined;
  return (parseEntityTags(ifNoneMatch) ?? []).find(
    ({ stem, variant }) => stem === current.stem && !variant.includes("md"),
  );
}
