import { parseIpAddress } from "./ip-address.ts";

/**
 * The network that a client's address is counted as: the /24 of IPv4, the /64 of IPv6, which is what one
 * household or one machine has. What is no address is counted as what it says.
 */
export function networkOf(client: string): string {
  const address = parseIpAddress(client);
  if (address === undefined) return client;
  const [first, second] = address;
  return address.length === 1 ? `4/${first >>> 8}` : `6/${first}/${second}`;
}
