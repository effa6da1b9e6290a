import type { Fields } from "./fields.ts";
import { deriveDateTag, deriveEntityTag } from "./validators.ts";

/** Fields that describe the exact bytes of the content, and are wrong for other bytes. */
const BOUND_TO_CONTENT = [
  "content-length",
  "content-range",
  "accept-ranges",
  "digest",
  "content-digest",
  "repr-digest",
  "content-md5",
];

/** A representation that we made. */
export interface NewRepresentation {
  /** The name of the variant in the ETag, e.g. "md" or "dcz.1a2b3c4d"; letters, digits and dots. */
  readonly variant: string;
  /** The new media type. @default the old one */
  readonly type?: string;
  /** The new content coding. @default none */
  readonly coding?: string;
  /** Length of the content in bytes, if known. */
  readonly length?: number;
}

/** Turns the origin server's fields into those of a representation of ours, here alone. */
export function replaceRepresentation(fields: Fields, to: NewRepresentation): void {
  for (const name of BOUND_TO_CONTENT) fields.delete(name);
  const etag = fields.get("etag");
  if (etag !== undefined) {
    const derived = deriveEntityTag(etag, to.variant);
    if (derived === undefined) fields.delete("etag");
    else fields.set("etag", derived);
  } else if (to.type !== undefined) {
    const derived = deriveDateTag(fields.get("last-modified") ?? "", to.variant);
    if (derived !== undefined) fields.set("etag", derived);
  }
  if (to.type !== undefined) {
    fields.set("content-type", to.type);
    // A date does not distinguish two media types of one resource; the ETag does.
    fields.delete("last-modified");
  }
  if (to.coding === undefined) fields.delete("content-encoding");
  else fields.set("content-encoding", to.coding);
  if (to.length !== undefined) fields.set("content-length", String(to.length));
}

/** Fields that a 304 must not have (RFC 9110 §15.4.5), since a cache would adopt them. */
const OF_CONTENT = ["content-type", "content-encoding", "content-language", "last-modified"];

/** Turns the fields of a 304, `ofOther` if of another media type, into those of ours. */
export function describeNotModified(
  fields: Fields,
  etag: string | undefined,
  ofOther: boolean,
): void {
  for (const name of BOUND_TO_CONTENT) fields.delete(name);
  if (ofOther) for (const name of OF_CONTENT) fields.delete(name);
  if (etag !== undefined) fields.set("etag", etag);
}
