import { parseIpAddress } from "./ip-address.ts";

/**
 * The network that a client's address is counted as: the /24 of IPv4, the /64 of IPv6, the usual
 * allocation of one household or machine. A text that is no address is counted as it is.
 */
export function networkOf(client: string): string {
  const address = parseIpAddress(client);
  if (address === undefined) return client;
  const [first, second] = address;
  return address.length === 1 ? `4/${first >>> 8}` : `6/${first}/${second}`;
}

/**
 * The stable part of a client's address: the whole of IPv4, the /64 of IPv6, since hosts change the
 * rest every day (RFC 8981). A text that is no address stays as it is.
 */
export function stableAddress(client: string): string {
  const address = parseIpAddress(client);
  if (address === undefined) return client;
  const [first, second = 0] = address;
  if (address.length === 1) return [24, 16, 8, 0].map((at) => (first >>> at) & 0xff).join(".");
  const groups = [first >>> 16, first & 0xffff, second >>> 16, second & 0xffff];
  return groups.map((group) => group.toString(16)).join(":");
}
