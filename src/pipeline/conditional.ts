import type { Fields } from "../http/fields.ts";
import {
  formatEntityTag,
  namesVariant,
  parseEntityTags,
  type EntityTag,
} from "../http/validators.ts";

/** What the client listed in If-None-Match, kept to name its own entity tag in a 304. */
export type ListedTags = readonly EntityTag[];

/**
 * Rewrites the preconditions of a request (RFC 9110 §13) so that the origin server sees its own
 * entity tags, and none that stand for another media type than the one asked for.
 *
 * @param method on any but GET and HEAD, a precondition guards a change and is never dropped
 * @param variant the media-type variant of ours that the client is to get, e.g. "md"
 * @returns the listed tags that a 304 may confirm
 */
export function translateConditionals(
  method: string,
  fields: Fields,
  variant: string | undefined,
): ListedTags {
  const ifMatch = fields.get("if-match");
  if (namesVariant(ifMatch)) {
    const tags = parseEntityTags(ifMatch ?? "");
    // Malformed, it stays: emptied, it might pass for no precondition at all.
    if (tags !== undefined) fields.set("if-match", stems(tags));
  }
  if (namesVariant(fields.get("if-range"))) {
    // Ours are weak, and If-Range takes only strong ones (RFC 9110 §13.1.5): the whole is sent.
    fields.delete("if-range");
    fields.delete("range");
  }
  const ifNoneMatch = fields.get("if-none-match");
  if (variant === undefined && !namesVariant(ifNoneMatch)) return [];
  if (method !== "GET" && method !== "HEAD") {
    // It guards a change of the resource, whatever the representation: never dropped.
    const tags = parseEntityTags(ifNoneMatch ?? "");
    if (tags !== undefined && tags.length > 0) fields.set("if-none-match", stems(tags));
    return [];
  }
  // Dates don't tell media types apart (and our variants carry none).
  if (variant !== undefined) fields.delete("if-modified-since");
  if (ifNoneMatch === undefined || ifNoneMatch.trim() === "*") return [];
  const listed = (parseEntityTags(ifNoneMatch) ?? []).filter(
    (tag) => mediaVariant(tag) === variant,
  );
  if (listed.length > 0) fields.set("if-none-match", stems(listed));
  else {
    fields.delete("if-none-match");
    fields.delete("if-modified-since");
  }
  return listed;
}

/** Gives a 304 the entity tag under which the client holds the representation. */
export function restoreEntityTag(fields: Fields, listed: ListedTags): void {
  const current = parseEntityTags(fields.get("etag") ?? "")?.[0];
  // Without the origin's own, only one listed tag can be the one that matched.
  const held =
    current === undefined
      ? listed.find(() => listed.length === 1)
      : listed.find((tag) => tag.stem === current.stem && tag.variant.length > 0);
  if (held !== undefined) fields.set("etag", formatEntityTag(held));
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
