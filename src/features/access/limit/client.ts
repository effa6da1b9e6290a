import { addressBlock } from "../../../agent/network.ts";
import type { Exchange } from "../../../pipeline/exchange.ts";
import type { ClientKind } from "./quotas.ts";

/** The clients without a known address, which share one quota. */
export const UNKNOWN_CLIENT = "address:unknown";

/**
 * The client for which a quota counts, e.g. "agent:GPTBot" or "address:192.0.2.0/24". A claim is never
 * a key, nor an agent that is not in the bot table: anyone can create one, and so get a new quota.
 */
export function clientOf(
  { agent, clientAddress }: Pick<Exchange, "agent" | "clientAddress">,
  kind: ClientKind,
  ipv4Prefix: 24 | 32,
): string {
  if (kind !== "address" && agent.kind === "verified" && agent.bot !== undefined) {
    return kind === "agent" ? `agent:${agent.bot.name}` : `operator:${agent.bot.operator}`;
  }
  const block = addressBlock(clientAddress, ipv4Prefix);
  return block === undefined ? UNKNOWN_CLIENT : `address:${block}`;
}
