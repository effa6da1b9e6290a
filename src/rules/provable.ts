import type { RequiredEvidence } from "../agent/agent.ts";
import { fleetOf, type Bot } from "../agent/bots.ts";
import type { RulesFile } from "./schema.ts";

/**
 * Decides whether evidence of some kind can prove a bot: signatures if its own entry names a key
 * directory or the rules have keys of it, addresses and names if an entry of its fleet has some.
 *
 * @param platform whether the network in front of us can vouch for bots, as on Workers
 */
export function provability(
  bots: readonly Bot[],
  { ipRanges, reverseDns, keys }: RulesFile["agents"],
  platform: boolean,
): (bot: Bot, evidence: RequiredEvidence) => boolean {
  const byFleet = Map.groupBy(bots, fleetOf);
  return (bot, evidence) => {
    if (evidence === "claim" || bot.signatureAgents.length > 0) return true;
    if (Object.hasOwn(keys, bot.name)) return true;
    if (evidence === "signature") return false;
    const own = byFleet.get(fleetOf(bot)) ?? [];
    if (reverseDns !== false && own.some((each) => each.reverseDns.length > 0)) return true;
    const hasRanges = ipRanges !== false && own.some((each) => each.ipRanges.length > 0);
    return evidence !== "reverse-dns" && (hasRanges || platform);
  };
}
