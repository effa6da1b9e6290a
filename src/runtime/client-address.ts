import { trustedMember } from "../http/forwarded.ts";

/**
 * The client's address: the peer of the connection, or what the outermost trusted proxy in front of us
 * wrote into X-Forwarded-For; never a field that any client can set.
 *
 * @param hops how many proxies in front of us are trusted
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  hops: number,
): string | undefined {
  if (hops === 0) return peer;
  const named = trustedMember(forwardedFor, hops);
  return named === undefined ? peer : withoutPort(named);
}

/** Some proxies write a port behind the address, and brackets around IPv6. */
function withoutPort(node: string): string {
  const [, ipv6] = /^"?\[([0-9A-Fa-f:.]+)\](?::\d+)?"?$/.exec(node) ?? [];
  return ipv6 ?? node.replace(/^([0-9.]+):\d+$/, "$1");
}
