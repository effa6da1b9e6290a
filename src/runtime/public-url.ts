import { BoundedCache } from "../memory/bounded-cache.ts";
import { trustedMember } from "../http/forwarded.ts";
import type { RulesFile } from "../rules/schema.ts";

/** A public origin, e.g. "https://www.example.com" and "www.example.com". */
export interface PublicOrigin {
  readonly origin: string;
  readonly host: string;
}

/** Finds the public origin of a request; undefined if its host is malformed. */
export type FindPublicOrigin = (request: {
  readonly scheme: string;
  readonly host: string;
  field(name: string): string | undefined;
}) => PublicOrigin | undefined;

/** Public origins that are cached, at most. */
const CACHED_HOSTS = 256;

/** Compiles the rules to a function that finds the public origin of a request. */
export function publicOrigins(rules: RulesFile): FindPublicOrigin {
  if (rules.publicOrigin !== undefined) {
    const fixed = parseOrigin(rules.publicOrigin);
    return ({ host }) => (isHost(host) ? fixed : undefined);
  }
  const hops = rules.agents.trustedProxyHops;
  const cache = new BoundedCache<PublicOrigin>({ name: "agents", max: CACHED_HOSTS });
  // The next request mostly names the same host.
  let latest = { scheme: "", host: "", found: undefined as PublicOrigin | undefined };
  return (request) => {
    let { scheme, host } = request;
    if (hops > 0) {
      const forwarded = trustedMember(request.field("x-forwarded-proto"), hops)?.toLowerCase();
      if (forwarded === "https" || forwarded === "http") scheme = forwarded;
      host = trustedMember(request.field("x-forwarded-host"), hops) ?? host;
    }
    if (scheme === latest.scheme && host === latest.host) return latest.found;
    const text = `${scheme}://${host}`;
    let found = cache.get(text);
    if (found === undefined && isHost(host)) found = parseOrigin(text);
    if (found !== undefined) cache.set(text, found);
    latest = { scheme, host, found };
    return found;
  };
}

/** Parses an origin; undefined if the text has a path, query or user information. */
function parseOrigin(text: string): PublicOrigin | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  // A dot at the end of a name does not change the host.
  url.hostname = url.hostname.replace(/\.+$/, "");
  const { origin, host, pathname, search, hash, username, password } = url;
  const bare = pathname === "/" && `${search}${hash}${username}${password}` === "";
  return bare && !text.endsWith("/") && !/[?#@\\]/.test(text) ? { origin, host } : undefined;
}

/** Unreserved characters (RFC 3986 §2.3), or an IP literal; then perhaps a port. */
const HOST = /^(?:[\w.~-]+|\[[\dA-Fa-f:.]+\])(?::\d{0,5})?$/;

/**
 * Whether text is a host with an optional port, as in the field `Host` (RFC 9110 §7.2). It refuses
 * the sub-delims and escapes that RFC 3986 also allows: no real name has them, and quotes, commas
 * and semicolons would end a value in the fields that contain the host.
 */
export function isHost(text: string): boolean {
  return HOST.test(text);
}
