import { parseHttpDate } from "./date.ts";
import type { Fields } from "./fields.ts";
import { splitList } from "./list.ts";
import { remembering } from "./remember.ts";
import { variesOn } from "./vary.ts";

/** The directives of a Cache-Control field (RFC 9111 §5.2), names in lower case. */
export function parseCacheControl(value: string | undefined): ReadonlyMap<string, string> {
  return value === undefined ? NONE : parseDirectives(value);
}

const NONE: ReadonlyMap<string, string> = new Map();

const parseDirectives = remembering((value): ReadonlyMap<string, string> => {
  const directives = new Map<string, string>();
  for (const member of splitList(value)) {
    const equals = member.indexOf("=");
    const name = (equals === -1 ? member : member.slice(0, equals)).trim().toLowerCase();
    const argument = equals === -1 ? "" : member.slice(equals + 1).trim();
    if (!directives.has(name)) directives.set(name, argument.replaceAll('"', ""));
  }
  return directives;
});

/** Whether the sender forbids a change of the content (RFC 9111 §5.2.1.6, §5.2.2.6). */
export function forbidsTransform(cacheControl: string | undefined): boolean {
  return cacheControl !== undefined && parseCacheControl(cacheControl).has("no-transform");
}

interface CredentialsOfRequest {
  readonly authorization: string | undefined;
}

/**
 * Whether the bytes may be stored, and used for other clients that have them or get them from the
 * origin server: neither private nor for one cookie or Authorization. It says nothing of freshness.
 */
export function isShareable(
  status: number,
  fields: Fields,
  request: CredentialsOfRequest,
): boolean {
  return (
    isForAll(status, fields, request) &&
    !parseCacheControl(fields.get("cache-control")).has("no-cache")
  );
}

/**
 * As `isShareable`, but the origin server may ask caches to request the response each time, as
 * sites do for pages.
 */
export function isForAll(
  status: number,
  fields: Fields,
  { authorization }: CredentialsOfRequest,
): boolean {
  if (status !== 200 || authorization !== undefined) return false;
  if (fields.get("set-cookie") !== undefined || variesOn(fields, "cookie")) return false;
  if (variesOn(fields, "*")) return false;
  const directives = parseCacheControl(fields.get("cache-control"));
  return !directives.has("private") && !directives.has("no-store");
}

/** Whether a shared cache may answer with it (RFC 9111 §3): shareable, with a stated lifetime. */
export function isPublic(status: number, fields: Fields, request: CredentialsOfRequest): boolean {
  // Most pages state nothing.
  if (fields.get("cache-control") === undefined) return false;
  if (!isShareable(status, fields, request)) return false;
  const directives = parseCacheControl(fields.get("cache-control"));
  // RFC 9111 §5.2.2.10: for a shared cache, s-maxage overrides max-age.
  return isPositive(directives.get("s-maxage") ?? directives.get("max-age"));
}

/** Whether the sender says that the content never changes (RFC 8246). */
export function statesImmutable(cacheControl: string | undefined): boolean {
  return parseCacheControl(cacheControl).has("immutable");
}

/** Whether the origin server says in so many words that the response is for every client. */
export function statesPublic(cacheControl: string | undefined): boolean {
  const directives = parseCacheControl(cacheControl);
  return directives.has("public") || directives.has("s-maxage") || directives.has("immutable");
}

/**
 * Whether browsers register it as a dictionary: it is fresh for them, by a statement or by its last
 * change, or may be used stale while they revalidate it.
 *
 * @param now seconds since the epoch, for a response without Date
 */
export function isRegistrable(fields: Fields, now: number): boolean {
  const directives = parseCacheControl(fields.get("cache-control"));
  if (directives.has("no-store") || directives.has("no-cache")) return false;
  // RFC 9111 §5.2.2.2: not stale, whatever else the response says.
  const isStrict = directives.has("must-revalidate");
  if (!isStrict && isPositive(directives.get("stale-while-revalidate"))) return true;
  const spent = fields.get("age") ?? "";
  const age = /^\d{1,10}$/.test(spent) ? Number(spent) : 0;
  return browserLifetime(fields, directives.get("max-age"), isStrict, now) > age;
}

/** Seconds for which a private cache treats a response as fresh (RFC 9111 §4.2.1, §4.2.2). */
function browserLifetime(
  fields: Fields,
  maxAge: string | undefined,
  isStrict: boolean,
  now: number,
): number {
  if (maxAge !== undefined) return /^\d+$/.test(maxAge) ? Number(maxAge) : 0;
  const date = parseHttpDate(fields.get("date") ?? "", now) ?? now;
  const expires = fields.get("expires");
  if (expires !== undefined) return (parseHttpDate(expires, now) ?? 0) - date;
  const modified = isStrict ? undefined : parseHttpDate(fields.get("last-modified") ?? "", now);
  return modified === undefined ? 0 : (date - modified) / 10;
}

function isPositive(seconds: string | undefined): boolean {
  return seconds !== undefined && /^\d+$/.test(seconds) && Number(seconds) > 0;
}

/** Directives for shared caches, which have no meaning in a private response. */
const FOR_SHARED = new Set(["public", "private", "s-maxage", "proxy-revalidate"]);

/** Targeted fields (RFC 9213) and Surrogate-Control, which some caches obey instead. */
const TARGETED = ["cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"];

/** Field lines that make a response private (RFC 9111 §5.2.2.7); other directives stay. */
export function privateFields(fields: Fields): (readonly [name: string, value: string])[] {
  const members = splitList(fields.get("cache-control") ?? "");
  const others = members.filter((member) => {
    const name = member.split("=")[0] ?? "";
    return !FOR_SHARED.has(name.trim().toLowerCase());
  });
  const targeted = TARGETED.filter((name) => fields.get(name) !== undefined);
  return [
    ["cache-control", ["private", ...others].join(", ")],
    ...targeted.map((name) => [name, "no-store"] as const),
  ];
}
