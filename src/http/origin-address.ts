import type { Fields } from "./fields.ts";
import { mapLinks } from "./link-references.ts";

/** Names the origin server by its own address, or leads round the proxy to it (RFC 9110 §10.2.2). */
export interface OriginAddress {
  /**
   * The reference with the origin server's address replaced by the public origin, the rest of it byte
   * for byte; undefined if it names anything else.
   */
  readonly map: (reference: string) => string | undefined;
  /** The domain of a cookie that is of the origin server's host alone, in lower case. */
  readonly isOwnDomain: (domain: string) => boolean;
}

/** A web address taken apart: scheme, host and port, as URL parsers understand them. */
interface Authority {
  readonly scheme: string;
  readonly host: string;
  /** Empty if it is the scheme's own. */
  readonly port: string;
}

/**
 * Compiles which addresses name the origin server. These do: its host and port, with its own scheme
 * or that of the public origin; the public host name with the port that the origin server listens
 * on; and the public host with the origin server's scheme. Undefined if both are the same origin.
 *
 * @param originServer scheme, host and port
 * @param publicOrigin the site's origin as clients see it
 */
export function originAddress(
  originServer: string,
  publicOrigin: string,
): OriginAddress | undefined {
  const own = authorityOf(originServer);
  const site = authorityOf(publicOrigin);
  if (own === undefined || site === undefined || isSame(own, site)) return undefined;
  const listeningPort = own.port === "" ? undefined : own.port;
  const isOwn = (found: Authority): boolean => {
    if (isSame(found, site)) return false;
    const { scheme, host, port } = found;
    const isKnownScheme = scheme === own.scheme || scheme === site.scheme;
    if (host === own.host && port === own.port && isKnownScheme) return true;
    if (host !== site.host) return false;
    return port === listeningPort || (scheme === own.scheme && port === site.port);
  };
  const siteHost = publicOrigin.slice(publicOrigin.indexOf("//") + 2);
  return {
    map(reference) {
      const parts = splitReference(reference);
      if (parts === undefined) return undefined;
      const found = authorityOf(`${parts.scheme ?? site.scheme}://${parts.authority}`);
      if (found === undefined || !isOwn(found)) return undefined;
      const scheme = parts.scheme === undefined ? "" : `${site.scheme}:`;
      const user = parts.authority.slice(0, parts.authority.lastIndexOf("@") + 1);
      return `${parts.before}${scheme}//${user}${siteHost}${parts.after}`;
    },
    isOwnDomain: (domain) =>
      domain === own.host && site.host !== domain && !site.host.endsWith(`.${domain}`),
  };
}

/** Fields whose whole value is a reference. */
const REFERENCES = ["location", "content-location"] as const;

/**
 * Makes the fields of a response of the origin server those of the public origin: its address in
 * Location, Content-Location, Link and Refresh is mapped, a cookie's Domain that is its host is left
 * out, and Alt-Svc (RFC 7838), which leads round the proxy, is dropped.
 */
export function mapOriginAddress(fields: Fields, address: OriginAddress | undefined): void {
  fields.delete("alt-svc");
  if (address === undefined) return;
  for (const name of REFERENCES) {
    const value = fields.get(name);
    const mapped = value === undefined ? undefined : address.map(value);
    if (mapped !== undefined) fields.set(name, mapped);
  }
  mapLines(fields, "link", (value) => mapLinks(value, address.map));
  mapLines(fields, "refresh", (value) => mapRefresh(value, address.map));
  mapLines(fields, "set-cookie", (value) => mapCookieDomain(value, address.isOwnDomain));
}

/** Replaces lines of a field, each by itself. @param map undefined if a line stays as it is */
function mapLines(fields: Fields, name: string, map: (value: string) => string | undefined): void {
  if (fields.get(name) === undefined) return;
  let isChanged = false;
  const lines: (readonly [string, string])[] = [];
  for (const [spelt, value] of fields.lines()) {
    if (spelt.toLowerCase() !== name) continue;
    const mapped = map(value);
    isChanged ||= mapped !== undefined;
    lines.push([spelt, mapped ?? value]);
  }
  if (!isChanged) return;
  fields.delete(name);
  for (const [spelt, value] of lines) fields.append(spelt, value);
}

/** A delay, and perhaps where to then: `5; url=…` (HTML §4.2.5.3, as browsers read it). */
function mapRefresh(
  value: string,
  map: (reference: string) => string | undefined,
): string | undefined {
  let at = skip(value, 0, "0123456789. \t");
  if (at === value.length || !";,".includes(value.charAt(at))) return undefined;
  at = skip(value, at + 1, " \t");
  if (/^url[ \t]*=/i.test(value.slice(at, at + 16))) {
    at = skip(value, value.indexOf("=", at) + 1, " \t");
  }
  const quote = value.charAt(at);
  const isQuoted = quote === '"' || quote === "'";
  const start = isQuoted ? at + 1 : at;
  const close = isQuoted ? value.indexOf(quote, start) : -1;
  const end = close === -1 ? value.length : close;
  const mapped = map(value.slice(start, end));
  return mapped === undefined ? undefined : value.slice(0, start) + mapped + value.slice(end);
}

function skip(value: string, from: number, characters: string): number {
  let at = from;
  while (at < value.length && characters.includes(value.charAt(at))) at++;
  return at;
}

/** An absolute or scheme-relative reference of the web; undefined for any other. */
function splitReference(reference: string) {
  const start = skip(reference, 0, " \t");
  const [whole, scheme] = /^(?:(https?):)?[/\\]{2}/i.exec(reference.slice(start, start + 8)) ?? [];
  if (whole === undefined) return undefined;
  const from = start + whole.length;
  const length = reference.slice(from).search(/[/\\?#]/);
  const end = length === -1 ? reference.length : from + length;
  return {
    before: reference.slice(0, start),
    scheme: scheme?.toLowerCase(),
    authority: reference.slice(from, end).trimEnd(),
    after: reference.slice(end),
  };
}

function authorityOf(text: string): Authority | undefined {
  const url = URL.parse(text);
  if (url === null) return undefined;
  const { protocol, hostname, port } = url;
  // A name with the root's dot at its end is the same host.
  return { scheme: protocol.slice(0, -1), host: hostname.replace(/\.$/, ""), port };
}

function isSame(a: Authority, b: Authority): boolean {
  return a.scheme === b.scheme && a.host === b.host && a.port === b.port;
}

/**
 * A Set-Cookie line without its Domain, if that is the origin server's own: the cookie is then of the
 * public host alone (RFC 6265 §5.3, host-only). Undefined if the line stays as it is.
 */
export function mapCookieDomain(
  line: string,
  isOwnDomain: (domain: string) => boolean,
): string | undefined {
  const [pair = "", ...attributes] = line.split(";");
  const domains = attributes.map(domainOf);
  // RFC 6265 §5.3: among several, the last one counts.
  const last = domains.findLast((domain) => domain !== undefined);
  if (last === undefined || !isOwnDomain(last)) return undefined;
  return [pair, ...attributes.filter((_attribute, i) => domains[i] === undefined)].join(";");
}

/** RFC 6265 §5.2.3: a dot in front says nothing. */
function domainOf(attribute: string): string | undefined {
  const equals = attribute.indexOf("=");
  if (equals === -1 || attribute.slice(0, equals).trim().toLowerCase() !== "domain")
    return undefined;
  const domain = attribute
    .slice(equals + 1)
    .trim()
    .toLowerCase();
  return domain.startsWith(".") ? domain.slice(1) : domain;
}
