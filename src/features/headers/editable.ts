import { isHopByHop } from "../../http/hop-by-hop.ts";
import { isOwnField, isReserved } from "../../http/request-fields.ts";

/** The direction of a message whose fields a rule edits, and the kind of the edit. */
export interface Edit {
  readonly of: "request" | "response";
  readonly kind: "set" | "remove";
}

/** A field name (RFC 9110 §5.1). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/** Visible ASCII with inner spaces and tabs (RFC 9110 §5.5). */
const VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;

/** The most characters of a value. */
const LONGEST = 4096;

/** Fields of responses that describe the content, which features replace, or that the proxy writes. */
const OF_CONTENT = new Set([
  "accept-ranges",
  "age",
  "content-digest",
  "content-encoding",
  "content-length",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "date",
  "digest",
  "location",
  "repr-digest",
  "use-as-dictionary",
  "vary",
]);

/** Fields of responses that a rule may only remove. */
const NEVER_SET = new Set(["etag", "last-modified", "set-cookie"]);

/** Why a rule must not edit a field; undefined if it may. */
export function faultOfName(name: string, { of, kind }: Edit): string | undefined {
  if (!NAME.test(name)) return "not the name of a field";
  const lower = name.toLowerCase();
  if (isHopByHop(lower) || lower.startsWith("sec-websocket-")) {
    return `${name} belongs to one connection, which the proxy controls`;
  }
  if (lower === "host") return 'the proxy sets Host; see "originHost"';
  if (of === "request") {
    return isReserved(lower.replaceAll(/[^a-z0-9-]/g, "-"))
      ? `the proxy itself sets or removes ${name}`
      : undefined;
  }
  if (isOwnField(lower)) return `the proxy itself sets ${name}`;
  if (OF_CONTENT.has(lower)) return `${name} describes the content, or the proxy itself sets it`;
  const isUnfit = kind === "set" && NEVER_SET.has(lower);
  return isUnfit ? `a rule can remove ${name}, but not set it` : undefined;
}

/** Why a text can't be the value of a field; undefined if it can. */
export function faultOfValue(value: string): string | undefined {
  if (value.length > LONGEST) return `longer than ${LONGEST} characters`;
  return value === "" || VALUE.test(value)
    ? undefined
    : "a value has visible ASCII characters, with spaces only between them";
}

/** Fields that decide which caches store a response, and for how long. */
export const OF_CACHES: ReadonlySet<string> = new Set([
  "cache-control",
  "cdn-cache-control",
  "cloudflare-cdn-cache-control",
  "expires",
  "pragma",
  "surrogate-control",
]);
