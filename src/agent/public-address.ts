import { parseIpAddress, parseIpPrefix, type IpPrefix } from "./ip-address.ts";
import { compileIpRanges } from "./ip-ranges.ts";

// The IANA registries of special-purpose addresses (RFC 6890 and its successors), and multicast.
const SPECIAL_IPV4 =
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
  "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3";
// Of IPv6, 2000::/3 is allocated (RFC 4291 §2.4); these parts are special or lead to IPv4.
const SPECIAL_IPV6 = "2001::/23 2001:db8::/32 2002::/16 3fff::/20";

const special = compile(`${SPECIAL_IPV4} ${SPECIAL_IPV6}`);
const global = compile("0.0.0.0/0 2000::/3");
// Loopback, private and link-local addresses, and those between a provider and its customers.
const inner = compile(
  "10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7 fe80::/10",
);
const loopback = compile("127.0.0.0/8 ::1/128");

/** Whether an address belongs to the public Internet. */
export function isPublicAddress(address: string): boolean {
  const parsed = parseIpAddress(address);
  return parsed !== undefined && global.contains(parsed) && !special.contains(parsed);
}

/** Whether an address is of a network behind the Internet, as proxies in front of us often are. */
export function isInnerAddress(address: string): boolean {
  return inner.contains(address);
}

export function isLoopbackAddress(address: string): boolean {
  return loopback.contains(address);
}

function compile(blocks: string) {
  const prefixes = blocks.split(" ").map(parseIpPrefix);
  return compileIpRanges(prefixes.filter((prefix): prefix is IpPrefix => prefix !== undefined));
}
