/** Domains outside the public DNS (RFC 6761, 6762, 7686, 8375, 9476), and of inner networks. */
const INNER = new Set([
  ..."local localhost localdomain internal intranet private lan corp home mail".split(" "),
  ..."svc cluster test invalid onion alt arpa".split(" "),
]);

/** Letters, digits, hyphens and underscores, as the URL parser leaves them. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Whether the proxy may look up a host that a request names: only a name of the public DNS, no
 * address or name of an inner network. Hosts that the operator configured are not checked here.
 *
 * @param hostname as `URL.hostname` returns it: lower case, IDNA applied, addresses normalized
 */
export function isNameableHost(hostname: string): boolean {
  if (hostname.length > 253) return false;
  const labels = hostname.toLowerCase().split(".");
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  return !isAddress(hostname) && !INNER.has(labels.at(-1) ?? "");
}

/** Whether a host of a `URL` may be read as an address: no domain is numeric (RFC 3696 §2). */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(hostname);
}
