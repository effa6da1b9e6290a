import type { Agent } from "../../../agent/agent.ts";
import { sha256, toHex } from "../../../http/digest.ts";
import { originOf, type Exchange } from "../../../pipeline/exchange.ts";

/** The account of a verified agent; undefined for all others, since a claim is no account. */
export function accountOf(agent: Agent): string | undefined {
  if (agent.kind !== "verified") return undefined;
  const { bot, evidence, signatureAgent, proof } = agent;
  // If an address proves the bot, and a signature somebody else, the signer pays.
  if (proof !== undefined && evidence !== "signature") return signerOf(signatureAgent, proof.keyid);
  if (bot !== undefined) return bot.name;
  return proof && signerOf(signatureAgent, proof.keyid);
}

/** Whether the operator knows the agent: only such accounts have the credit of a rule. */
export function isListed(agent: Agent): boolean {
  if (agent.kind !== "verified" || agent.bot === undefined) return false;
  return agent.proof === undefined || agent.evidence === "signature";
}

function signerOf(url: string | undefined, keyid: string): string {
  return url === undefined || url === "" ? `key:${keyid}` : url;
}

/** The URL of a request as clients write it. */
export function urlOf(exchange: Exchange): string {
  return originOf(exchange) + exchange.target;
}

const encoder = new TextEncoder();

/** A key of the ledger for some values: their SHA-256 in hexadecimal. */
export async function keyOf(...values: readonly string[]): Promise<string> {
  return toHex(await sha256(encoder.encode(JSON.stringify(values))));
}
