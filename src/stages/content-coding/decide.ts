import { isPublic } from "../../http/cache-control.ts";
import { isReadable, parseAvailableDictionary } from "../../http/dictionary.ts";
import type { Fields } from "../../http/fields.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import { codingWeight } from "../../http/negotiate.ts";

type ReadField = (name: string) => string | undefined;

/** What a request offers and asks for, as far as dictionaries go. */
export type DictionaryRequest =
  | { readonly kind: "offered"; readonly hash: Uint8Array; readonly codings: readonly string[] }
  | {
      readonly kind: "plain";
      readonly reason:
        | "no-dictionary-offered"
        | "dictionary-field-malformed"
        | "coding-not-accepted"
        | "authorized"
        | "not-readable-by-client";
    };

/** The preference among delta codings; only those that the runtime has a codec for are tried. */
const DELTA_CODINGS = ["dcb", "dcz"] as const;

/**
 * Decides from the request whether it may be answered by a delta.
 *
 * @param allowOrigin the response's Access-Control-Allow-Origin
 */
export function decideDictionaryRequest(
  field: ReadField,
  allowOrigin: string | undefined,
): DictionaryRequest {
  const offered = field("available-dictionary");
  if (offered === undefined) return { kind: "plain", reason: "no-dictionary-offered" };
  const hash = parseAvailableDictionary(offered);
  if (hash === undefined) return { kind: "plain", reason: "dictionary-field-malformed" };
  // RFC 9842 §6.1: only a coding that is named; a wildcard does not ask for a dictionary.
  const accepted = DELTA_CODINGS.map((coding) => ({
    coding,
    q: codingWeight(field("accept-encoding"), coding, false),
  })).filter(({ q }) => q > 0);
  if (accepted.length === 0) return { kind: "plain", reason: "coding-not-accepted" };
  if (field("authorization") !== undefined) return { kind: "plain", reason: "authorized" };
  if (!isReadable(field, allowOrigin)) return { kind: "plain", reason: "not-readable-by-client" };
  accepted.sort((a, b) => b.q - a.q);
  return { kind: "offered", hash, codings: accepted.map(({ coding }) => coding) };
}

/** Whether a response may be a dictionary and be compressed against one. */
export type DictionaryResponse =
  | { readonly kind: "eligible" }
  | {
      readonly kind: "declined";
      readonly reason:
        | "not-modified"
        | "status"
        | "not-public"
        | "document-with-cookies"
        | "origin-uses-dictionaries"
        | "too-large"
        | "too-small";
    };

/** Below this many bytes, a delta with its header can't win. */
const MIN_BYTES = 512;

/** Decides from the response's head. */
export function decideDictionaryResponse(
  response: {
    readonly status: number;
    readonly fields: Fields;
    readonly length: number | undefined;
  },
  request: {
    readonly authorization: string | undefined;
    readonly cookie: string | undefined;
  },
  maxBytes: number,
): DictionaryResponse {
  const { status, fields, length } = response;
  if (status === 304) return { kind: "declined", reason: "not-modified" };
  if (status !== 200) return { kind: "declined", reason: "status" };
  const coding = fields.get("content-encoding")?.trim().toLowerCase();
  if (fields.get("use-as-dictionary") !== undefined || coding === "dcb" || coding === "dcz") {
    return { kind: "declined", reason: "origin-uses-dictionaries" };
  }
  if (!isPublic(status, fields, request)) return { kind: "declined", reason: "not-public" };
  // Nearly every request for a script carries a cookie; a page may well depend on it all the same.
  if (request.cookie !== undefined && isHtml(parseMediaType(fields.get("content-type")))) {
    return { kind: "declined", reason: "document-with-cookies" };
  }
  if (length !== undefined && length > maxBytes) return { kind: "declined", reason: "too-large" };
  if (length !== undefined && length < MIN_BYTES) return { kind: "declined", reason: "too-small" };
  return { kind: "eligible" };
}

/** A delta is used where it saves at least this share of the content. */
const MARGIN = 0.9;

/** Whether a delta is worth sending in place of the content. */
export function isWorthwhile(deltaLength: number, contentLength: number): boolean {
  return deltaLength < contentLength * MARGIN;
}
