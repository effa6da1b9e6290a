import { parseIpAddress } from "../../../agent/ip-address.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { ClientKind } from "./quotas.ts";

/**
 * The client for which a quota counts, e.g. "agent:GPTBot" or "address:192.0.2.0/24". A claim is never
 * a key, nor an agent that is not in the bot table: anyone can create one, and so get a new quota.
 */
export function clientOf(
  { agent, clientAddress }: Pick<Exchange, "agent" | "clientAddress">,
  kind: ClientKind,
  ipv4Prefix: number,
): string {
  if (kind !== "address" && agent.kind === "verified" && agent.bot !== undefined) {
    return kind === "agent" ? `agent:${agent.bot.name}` : `operator:${agent.bot.operator}`;
  }
  return `address:${blockOf(clientAddress, ipv4Prefix)}`;
}

/**
 * The block of an address: of IPv6 the /64, which is one host's or household's. Clients whose address
 * is not known share one block.
 */
function blockOf(text: string | undefined, ipv4Prefix: number): string {
  const address = text === undefined ? undefined : parseIpAddress(text);
  if (address === undefined) return "unknown";
  const [first, second = 0] = address;
  if (address.length === 1) {
    const last = ipv4Prefix === 32 ? first & 255 : 0;
    return `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${last}/${ipv4Prefix}`;
  }
  const groups = [first >>> 16, first & 0xffff, second >>> 16, second & 0xffff];
  return `${groups.map((group) => group.toString(16)).join(":")}::/64`;
}
