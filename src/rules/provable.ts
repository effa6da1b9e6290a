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
  const byOperator = Map.groupBy(bots, ({ operator }) => operator);
  return ({ operator }, evidence) => {
    const own = byOperator.get(operator) ?? [];
    if (evidence === "claim" || own.some((bot) => bot.signatureAgents.length > 0)) return true;
    if (evidence === "signature") return false;
    if (reverseDns !== false && own.some((bot) => bot.reverseDns.length > 0)) return true;
    const hasRanges = ipRanges !== false && own.some((bot) => bot.ipRanges.length > 0);
    return evidence !== "reverse-dns" && (hasRanges || platform);
  };
}
