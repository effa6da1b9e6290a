import type { Agent } from "../agent/agent.ts";
import { stableAddress } from "../agent/network.ts";

/** The properties of a client that do not depend on its identity. */
export interface ClientFacts {
  readonly userAgent: string | undefined;
  readonly address: string | undefined;
  /** In two letters, upper case; undefined if nobody that is trusted states it. */
  readonly country?: string | undefined;
}

/**
 * Whether an agent belongs to the percentage for which a rule acts. The same agent gets the same
 * answer under the same rule, and an agent that belongs still belongs if the percentage rises.
 *
 * @param rule the rule's name, so that each rule selects other agents
 * @param client undefined if nothing is known of it: then only a verified agent can belong
 */
export function isInShare(
  percentage: number,
  rule: string,
  agent: Agent,
  client: (() => ClientFacts) | undefined,
): boolean {
  const who = agentKey(agent) ?? (client === undefined ? undefined : clientKey(client()));
  return who !== undefined && pointOf(`${rule}\n${who}`) < percentage;
}

/** The key of a verified agent, independent of its address. */
function agentKey(agent: Agent): string | undefined {
  if (agent.kind !== "verified") return undefined;
  const { bot, signatureAgent } = agent;
  if (bot !== undefined) return `bot ${bot.operator}\n${bot.name}`;
  return signatureAgent === undefined ? undefined : `agent ${signatureAgent}`;
}

function clientKey({ userAgent, address = "" }: ClientFacts): string | undefined {
  // Our own requests name no client; they get what most clients get.
  if (userAgent === undefined && address === "") return undefined;
  return `client ${stableAddress(address)}\n${userAgent ?? ""}`;
}

/** Hashes a text evenly to 0 or more, below 100: FNV-1a, then the finish of MurmurHash3. */
function pointOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32) * 100;
}
