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
