import type { Fields } from "./fields.ts";
import { mapLinks } from "./link-references.ts";

/** Finds references to the origin server, which lead past the proxy (RFC 9110 §10.2.2). */
export interface OriginAddress {
  /** Replaces the address in a reference by the public origin; undefined for another address. */
  readonly map: (reference: string) => string | undefined;
  /** Whether a cookie's Domain, in lower case, is the origin server's own host. */
  readonly isOwnDomain: (domain: string) => boolean;
}

/** Scheme, host and port of a URL, as URL parsers read them. */
interface Authority {
  readonly scheme: string;
  readonly host: string;
  /** Empty if it is the scheme's default. */
  readonly port: string;
}

/**
 * Compiles the addresses that mean the origin server: host and port with either scheme; the public
 * host with its port, or with its scheme. Undefined if both origins are the same.
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
 * Replaces the origin server's address in a response, in Location, Content-Location, Link, Refresh
 * and the Domain of cookies. Removes Alt-Svc (RFC 7838), which leads past the proxy.
 */
export function mapOriginAddress(fields: Fields, address: OriginAddress | undefined): void {
  fields.delete("alt-svc");
  if (address === undefined) return;
  for (const name of REFERENCES) {
    const value = fields.get(name);
    const mapped = value === undefined ? undefined : address.map(value);
    if (mapped !== undefined) fields.set(name, mapped);
  }
  // Most links are paths of the site.
  const mapLink = (value: string) =>
    /[/\\]{2}/.test(value) ? mapLinks(value, address.map) : undefined;
  mapLines(fields, "link", mapLink);
  mapLines(fields, "refresh", (value) => mapRefresh(value, address.map));
  mapLines(fields, "set-cookie", (value) => mapCookieDomain(value, address.isOwnDomain));
}

/** Maps the lines of a field one by one. @param map returns undefined if a line stays as it is */
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

/** Seconds and what follows in a Refresh field: `5; url=…` (HTML §4.2.5.3, as browsers read it). */
const REFRESH = /^([\d. \t]*[;,][ \t]*(?:url[ \t]*=[ \t]*)?(["']?))(.*)$/is;

/** Maps the URL in a Refresh field. */
function mapRefresh(
  value: string,
  map: (reference: string) => string | undefined,
): string | undefined {
  const [, before, quote = "", rest = ""] = REFRESH.exec(value) ?? [];
  if (before === undefined) return undefined;
  const close = quote === "" ? -1 : rest.indexOf(quote);
  const reference = close === -1 ? rest : rest.slice(0, close);
  const mapped = map(reference);
  return mapped === undefined ? undefined : before + mapped + rest.slice(reference.length);
}

/** Splits an absolute or scheme-relative http reference; undefined for any other. */
function splitReference(reference: string) {
  const start = reference.search(/[^ \t]|$/);
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
  // A final dot, the root of the DNS, does not make it another host.
  return { scheme: protocol.slice(0, -1), host: hostname.replace(/\.$/, ""), port };
}

function isSame(a: Authority, b: Authority): boolean {
  return a.scheme === b.scheme && a.host === b.host && a.port === b.port;
}

/** Removes the origin server's Domain from a Set-Cookie line; undefined if the line has none. */
function mapCookieDomain(
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

/** The Domain attribute; a dot before it has no meaning (RFC 6265 §5.2.3). */
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
