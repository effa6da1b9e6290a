import type { MediaType } from "./media-type.ts";

/** Whether an If-Range is a date (RFC 9110 §13.1.5), which tells no content codings apart. */
export function isByDate(ifRange: string | undefined): boolean {
  return ifRange !== undefined && !/^\s*(?:W\/)?"/.test(ifRange);
}

/** Length of the whole that a Content-Range states (RFC 9110 §14.4); undefined if it states none. */
export function completeLength(contentRange: string | undefined): number | undefined {
  const length = /^bytes [^/]{1,40}\/(\d{1,15})$/i.exec(contentRange?.trim() ?? "")?.[1];
  return length === undefined ? undefined : Number(length);
}

/** Whether content is several parts (RFC 9110 §14.6), whose own type stands in each of them. */
export function isMultipart(type: MediaType | undefined): boolean {
  return type?.essence === "multipart/byteranges";
}
