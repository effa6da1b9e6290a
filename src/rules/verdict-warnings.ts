import { hasCompleteRanges, type Bot } from "../agent/bots.ts";
import type { FeatureList } from "../feature/define.ts";
import { refusesBy } from "./access-path-warnings.ts";
import { quote, type PathStep } from "./fault.ts";
import { botsMatched, namesBots } from "./match.ts";
import type { AgentMatch, Rule, RulesFile } from "./schema.ts";
import type { Warn } from "./warn.ts";

/** Names of bots in a warning, at most. */
const SHOWN = 6;

/** Warns of verdicts that no agent of a match can have. */
export function verdictWarner({ agents }: RulesFile, bots: readonly Bot[], warn: Warn) {
  return (agent: AgentMatch, at: readonly PathStep[]): void => {
    const fault = faultOf(agent) ?? spoofedFault(agent, bots, agents.ipRanges !== false);
    if (fault !== undefined) warn([...at, "verdict"], "never-matches", fault);
  };
}

/** The verdicts that a client gets by a claim alone. */
const OF_CLAIMS = ["claimed", "spoofed", "invalid"] as const;

/** Warns of a refusal of anonymous clients that any client evades by the name of a bot. */
export function evasionWarner(features: FeatureList, warn: Warn) {
  return (rule: Rule, at: readonly PathStep[]): void => {
    const { agent } = rule.match;
    const words = agent?.verdict === undefined ? [] : [agent.verdict].flat();
    if (!words.includes("anonymous") || !refusesBy(features, rule)) return;
    const missing = OF_CLAIMS.filter((word) => !words.includes(word));
    if (missing.length === 0) return;
    const message = `a client evades the rule if it names a bot in its User-Agent; add ${missing.map(quote).join(", ")}`;
    warn([...at, "match", "agent", "verdict"], "claim-suffices", message);
  };
}

/** Why no agent has the verdict of a match and meets its other conditions. */
function faultOf({ verdict, evidence, ...rest }: AgentMatch): string | undefined {
  if (verdict === undefined) return undefined;
  const words = [verdict].flat();
  if (evidence !== undefined && evidence !== "claim" && !words.includes("verified")) {
    return `only a verified agent has the evidence ${quote(evidence)}`;
  }
  if (namesBots(rest) && words.every((word) => word === "anonymous")) {
    return "an anonymous agent is no bot of the table";
  }
  return undefined;
}

/** Why no address refutes the claims of bots, in a match for spoofed ones alone. */
function spoofedFault(
  agent: AgentMatch,
  bots: readonly Bot[],
  hasLists: boolean,
): string | undefined {
  if (agent.verdict === undefined) return undefined;
  if ([agent.verdict].flat().some((word) => word !== "spoofed")) return undefined;
  if (!hasLists) return '"agents.ipRanges" is false, so no address refutes a claim';
  const matched = botsMatched(agent, bots);
  const open = matched.filter((bot) => !hasCompleteRanges(bot));
  // A bot that the rule names is meant; of a whole category, some bots suffice.
  if (open.length === 0 || (agent.name === undefined && open.length < matched.length)) {
    return undefined;
  }
  const names = open.slice(0, SHOWN).map(({ name }) => name);
  const more = open.length > SHOWN ? ` and ${open.length - SHOWN} more` : "";
  return `the bot table does not say that it has all addresses of ${names.join(", ")}${more} ("ipRangesComplete"), so no address refutes such a claim`;
}
