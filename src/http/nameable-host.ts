/**
 * Names that no public resolver answers for, each with all below it: RFC 6761, RFC 6762, RFC 7686,
 * RFC 8375, RFC 9476, the ICANN's `internal`, what inner networks and clusters use.
 */
const INNER = new Set([
  ..."local localhost localdomain internal intranet private lan corp home mail".split(" "),
  ..."svc cluster test invalid onion alt arpa".split(" "),
]);

/** Letters, digits, hyphens and underscores, as the URL parser leaves them. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Whether a host that a request names, directly or indirectly, may be looked up at all: a name of
 * the public DNS, never an address in any spelling, a single label, or a name of an inner network.
 * A refusal costs no look-up. Hosts that the operator configured are not checked here.
 *
 * @param hostname as `URL.hostname` gives it: in lower case, IDNA applied, an IPv4 address in its
 * only spelling, an IPv6 address in brackets
 */
export function isNameableHost(hostname: string): boolean {
  if (hostname.length > 253) return false;
  const labels = hostname.toLowerCase().split(".");
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  return !isAddress(hostname) && !INNER.has(labels.at(-1) ?? "");
}

/**
 * Whether a host is an address, or may be read as one: no top-level domain is numeric (RFC 3696 §2).
 *
 * @param hostname as `URL.hostname` gives it
 */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(hostname);
}
