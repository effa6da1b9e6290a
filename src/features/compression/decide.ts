import { isRegistrable, isShareable } from "../../http/cache-control.ts";
import { toHex } from "../../http/digest.ts";
import { isReadable, parseAvailableDictionary } from "../../http/dictionary.ts";
import type { Fields, ReadField } from "../../http/fields.ts";
import type { ResponseHead } from "../../pipeline/stage.ts";
import { isCompressible, isNeverCoded, parseMediaType } from "../../http/media-type.ts";
import { codingWeight } from "../../http/negotiate.ts";
import { decideCookies } from "./cookies.ts";
import type { CompressionReason } from "./reasons.ts";

/** The dictionary that a request offers, and the codings that it accepts. */
export type DictionaryRequest =
  | {
      readonly kind: "offered";
      /** SHA-256 of the client's dictionary, in hexadecimal and as bytes. */
      readonly dictionary: string;
      readonly hash: Uint8Array;
      /** The delta codings that the client accepts, and those that it prefers most. */
      readonly codings: readonly DeltaCoding[];
      readonly preferred: readonly DeltaCoding[];
    }
  | { readonly kind: "plain"; readonly reason: CompressionReason };

/** Delta codings in order of preference; only those with a codec in this runtime are tried. */
const DELTA_CODINGS = ["dcb", "dcz"] as const;

export type DeltaCoding = (typeof DELTA_CODINGS)[number];

/** Decides from the request and Access-Control-Allow-Origin if a delta may answer it. */
export function decideDictionaryRequest(
  field: ReadField,
  allowOrigin: string | undefined,
): DictionaryRequest {
  const offered = field("available-dictionary");
  if (offered === undefined) return { kind: "plain", reason: "no-dictionary-offered" };
  const hash = parseAvailableDictionary(offered);
  if (hash === undefined) return { kind: "plain", reason: "dictionary-field-malformed" };
  // RFC 9842 §6.1: a coding must be named; a wildcard does not request a dictionary coding.
  const accepted = DELTA_CODINGS.map((coding) => ({
    coding,
    q: codingWeight(field("accept-encoding"), coding, false),
  })).filter(({ q }) => q > 0);
  if (accepted.length === 0) return { kind: "plain", reason: "coding-not-accepted" };
  if (field("authorization") !== undefined) return { kind: "plain", reason: "authorized" };
  if (!isReadable(field, allowOrigin)) return { kind: "plain", reason: "not-readable-by-client" };
  accepted.sort((a, b) => b.q - a.q);
  const most = accepted[0]?.q;
  return {
    kind: "offered",
    dictionary: toHex(hash),
    hash,
    codings: accepted.map(({ coding }) => coding),
    preferred: accepted.filter(({ q }) => q === most).map(({ coding }) => coding),
  };
}

/** The request for a page that forbids browsers to fetch the dictionary: that is why a client has none. */
export function withoutFetch(request: DictionaryRequest): DictionaryRequest {
  const isWithout = request.kind === "plain" && request.reason === "no-dictionary-offered";
  return isWithout ? { kind: "plain", reason: "csp-forbids-dictionary" } : request;
}

/** Whether the decision read the `Sec-Fetch` fields, which it does only for a well-formed offer. */
export function readsGate(request: DictionaryRequest): boolean {
  return request.kind === "offered" || request.reason === "not-readable-by-client";
}

/** The least content for which a delta with its header can be smaller, in bytes. */
export const MIN_BYTES = 512;

/** Whether the origin server uses dictionaries itself: then its response is left unchanged. */
export function originUsesDictionaries(fields: Fields): boolean {
  const coding = fields.get("content-encoding")?.trim().toLowerCase();
  return fields.get("use-as-dictionary") !== undefined || coding === "dcb" || coding === "dcz";
}

/**
 * Decides why a response is neither a dictionary nor a delta; undefined if it may be both.
 *
 * @param now seconds since the epoch
 */
export function decideDictionaryResponse(
  { status, fields, length }: Pick<ResponseHead, "status" | "fields" | "length">,
  request: {
    readonly url: URL;
    readonly authorization: string | undefined;
    readonly cookie: string | undefined;
  },
  policy: {
    readonly maxBytes: number;
    readonly ignoreCookies: boolean;
    /**
     * How the rule names it: a stand-alone dictionary may have any media type, and a file with an
     * extension in `match` any that is not compressed.
     */
    readonly named?: "extension" | "stand-alone" | undefined;
  },
  now: number,
): CompressionReason | undefined {
  if (status === 304) return "not-modified";
  if (status !== 200 && status !== 206) return "status";
  // A part may be stored if the whole may.
  if (!isShareable(200, fields, request)) return "not-public";
  if (!isRegistrable(fields, now)) return "not-fresh";
  if (!isSecureContext(request.url)) return "insecure-context";
  const type = parseMediaType(fields.get("content-type"));
  if (request.cookie !== undefined && !policy.ignoreCookies) {
    const reason = decideCookies(fields, request.url.pathname + request.url.search);
    if (reason !== undefined) return reason;
  }
  if (policy.named === undefined && type !== undefined && !isCompressible(type)) {
    return "compressed-type";
  }
  if (policy.named === "extension" && isNeverCoded(type)) return "compressed-type";
  // The length of a part says nothing about the whole.
  if (status === 206) return "partial";
  if (length !== undefined && length > policy.maxBytes) {
    return "too-large";
  }
  if (length !== undefined && length < MIN_BYTES) return "too-small";
  return undefined;
}

/** A delta is used if it is at most this share of the plain coding. */
const MARGIN = 0.9;

/** A delta below this share of the content is smaller than any plain coding of it. */
const SURELY = 0.03;

/** Whether to send a delta instead of the plain coding; undefined if its length decides. */
export function isWorthwhile(
  deltaLength: number,
  contentLength: number,
  plainLength: number | undefined,
): boolean | undefined {
  if (deltaLength >= contentLength * MARGIN) return false;
  if (plainLength !== undefined) return deltaLength < plainLength * MARGIN;
  return deltaLength < contentLength * SURELY ? true : undefined;
}

/** Whether an origin is a secure context, as dictionaries need (RFC 9842 §9.2). */
export function isSecureContext({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return true;
  const isLocal = hostname === "localhost" || hostname.endsWith(".localhost");
  return isLocal || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
