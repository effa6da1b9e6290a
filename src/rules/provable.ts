import type { RequiredEvidence } from "../agent/agent.ts";
import type { Bot } from "../agent/bots.ts";
import type { RulesFile } from "./schema.ts";

/**
 * Decides whether evidence of some kind can prove any of these bots. Evidence proves the operator,
 * so that of one bot counts for all bots of the operator.
 *
 * @param platform whether the network in front of us can vouch for bots, as on Workers
 */
export function provability(
  bots: readonly Bot[],
  { ipRanges, reverseDns }: RulesFile["agents"],
  platform: boolean,
): (bot: Bot, evidence: RequiredEvidence) => boolean {
  const ways = new Map<string, { signs: boolean; hasNames: boolean; hasRanges: boolean }>();
  for (const bot of bots) {
    const known = ways.get(bot.operator);
    ways.set(bot.operator, {
      signs: (known?.signs ?? false) || bot.signatureAgents.length > 0,
      hasNames: (known?.hasNames ?? false) || (reverseDns !== false && bot.reverseDns.length > 0),
      hasRanges: (known?.hasRanges ?? false) || (ipRanges !== false && bot.ipRanges.length > 0),
    });
  }
  return ({ operator }, evidence) => {
    const { signs = false, hasNames = false, hasRanges = false } = ways.get(operator) ?? {};
    if (evidence === "claim" || signs) return true;
    if (evidence === "signature") return false;
    return hasNames || (evidence !== "reverse-dns" && (hasRanges || platform));
  };
}
