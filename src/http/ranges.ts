import type { MediaType } from "./media-type.ts";

/** Whether an If-Range is a date (RFC 9110 §13.1.5), which does not distinguish content codings. */
export function isByDate(ifRange: string | undefined): boolean {
  return ifRange !== undefined && !/^\s*(?:W\/)?"/.test(ifRange);
}

/** The length of the whole in a Content-Range (RFC 9110 §14.4); undefined if it has none. */
export function completeLength(contentRange: string | undefined): number | undefined {
  const length = /^bytes [^/]{1,40}\/(\d{1,15})$/i.exec(contentRange?.trim() ?? "")?.[1];
  return length === undefined ? undefined : Number(length);
}

/** Whether content has several parts (RFC 9110 §14.6), each with a media type of its own. */
export function isMultipart(type: MediaType | undefined): boolean {
  return type?.essence === "multipart/byteranges";
}
