import { trustedMember } from "../http/forwarded.ts";

/**
 * The client's address: the connection's peer or, behind trusted proxies, the member that the
 * outermost of them added to X-Forwarded-For.
 *
 * @param hops the number of trusted proxies in front of us
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

/** Removes the port, and the brackets around IPv6, that some proxies write. */
function withoutPort(node: string): string {
  const [, ipv6] = /^"?\[([0-9A-Fa-f:.]+)\](?::\d+)?"?$/.exec(node) ?? [];
  return ipv6 ?? node.replace(/^([0-9.]+):\d+$/, "$1");
}
