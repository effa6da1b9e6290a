import type { Fields } from "./fields.ts";
import { deriveEntityTag } from "./validators.ts";

/** Fields that describe the very bytes of the content, and are false once these change. */
const BOUND_TO_CONTENT = [
  "content-length",
  "content-range",
  "accept-ranges",
  "digest",
  "content-digest",
  "repr-digest",
  "content-md5",
];

/** What a representation of ours is. */
export interface NewRepresentation {
  /** Names the variant in the ETag, e.g. "md" or "dcz.1a2b3c4d"; letters, digits and dots. */
  readonly variant: string;
  /** The new media type; if undefined, the old one stays. */
  readonly type?: string;
  /** The new content coding; none if undefined. */
  readonly coding?: string;
  /** Length of the content in bytes, if known. */
  readonly length?: number;
}

/** Turns the fields of the origin's representation into those of ours: the one place that does. */
export function replaceRepresentation(fields: Fields, to: NewRepresentation): void {
  for (const name of BOUND_TO_CONTENT) fields.delete(name);
  const etag = fields.get("etag");
  if (etag !== undefined) {
    const derived = deriveEntityTag(etag, to.variant);
    if (derived === undefined) fields.delete("etag");
    else fields.set("etag", derived);
  }
  if (to.type !== undefined) {
    fields.set("content-type", to.type);
    // A date can't tell two media types of one resource apart; the ETag can.
    fields.delete("last-modified");
  }
  if (to.coding === undefined) fields.delete("content-encoding");
  else fields.set("content-encoding", to.coding);
  if (to.length !== undefined) fields.set("content-length", String(to.length));
}

/** Fields of the content that a 304 leaves out (RFC 9110 §15.4.5): a cache would take them over. */
const OF_CONTENT = ["content-type", "content-encoding", "content-language", "last-modified"];

/**
 * Makes the fields of a 304 speak of a representation of ours.
 *
 * @param ofOther whether they were written of another media type, whose description is left out
 */
export function describeNotModified(
  fields: Fields,
  etag: string | undefined,
  ofOther: boolean,
): void {
  for (const name of BOUND_TO_CONTENT) fields.delete(name);
  if (ofOther) for (const name of OF_CONTENT) fields.delete(name);
  if (etag !== undefined) fields.set("etag", etag);
}
