import { parseIpAddress } from "./ip-address.ts";

/**
 * The network by which a client is counted: the /24 of an IPv4 address, the /64 of an IPv6 address
 * (the usual allocation of a household or machine). A text that is no address is returned
 * unchanged.
 */
export function networkOf(client: string): string {
  const address = parseIpAddress(client);
  if (address === undefined) return client;
  const [first, second] = address;
  return address.length === 1 ? `4/${first >>> 8}` : `6/${first}/${second}`;
}

/**
 * The stable part of a client's address: the whole IPv4 address, or the /64 of an IPv6 address,
 * since hosts change the rest every day (RFC 8981). A text that is no address is returned
 * unchanged.
 */
export function stableAddress(client: string): string {
  const address = parseIpAddress(client);
  if (address === undefined) return client;
  const [first, second = 0] = address;
  if (address.length === 1) return [24, 16, 8, 0].map((at) => (first >>> at) & 0xff).join(".");
  const groups = [first >>> 16, first & 0xffff, second >>> 16, second & 0xffff];
  return groups.map((group) => group.toString(16)).join(":");
}

/**
 * The block of an address in CIDR notation: the /64 of an IPv6 address, and of IPv4 the given prefix.
 * Undefined for a text that is no address.
 */
export function addressBlock(client: string | undefined, ipv4Prefix: 24 | 32): string | undefined {
  const address = client === undefined ? undefined : parseIpAddress(client);
  if (address === undefined) return undefined;
  const [first, second = 0] = address;
  if (address.length === 1) {
    const last = ipv4Prefix === 32 ? first & 255 : 0;
    return `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${last}/${ipv4Prefix}`;
  }
  const groups = [first >>> 16, first & 0xffff, second >>> 16, second & 0xffff];
  return `${groups.map((group) => group.toString(16)).join(":")}::/64`;
}
