import type { Bot } from "../agent/bots.ts";
import type { FeatureDefinition } from "../feature/define.ts";
import { settingOf, type FeatureSetting } from "./feature-settings.ts";
import { quote, type PathStep } from "./fault.ts";
import { botsMatched, hostsOf, namesBots, pathsOf } from "./match.ts";
import { provability } from "./provable.ts";
import type { RuntimeName } from "./runtime-warnings.ts";
import type { Rule } from "./schema.ts";
import type { ValidRules, Warn } from "./warn.ts";

/**
 * Warns of rules that give something to bots that prove nothing: with `"evidence": "claim"` anyone
 * gets it, and without `evidence` nobody does if nothing can prove the bots.
 */
export function claimWarner(read: ValidRules, runtimes: readonly RuntimeName[], warn: Warn) {
  const { rules: file, bots, features } = read;
  const guards = features.filter((feature) => feature.strictness !== undefined);
  const canProve = provability(bots, file.agents, !runtimes.includes("node"));
  const later = file.rules.map((rule) => ({ rule, bots: botsMatched(rule.match.agent, bots) }));

  return (rule: Rule, number: number, at: readonly PathStep[]): void => {
    const { agent } = rule.match;
    if (agent === undefined || !namesBots(agent)) return;
    if (agent.evidence !== undefined && agent.evidence !== "claim") return;
    const own = botsMatched(agent, bots).filter(({ robotsOnly }) => !robotsOnly);
    if (own.length === 0 || isForUnverified(rule)) return;
    const giving = guards.find((guard) => {
      const strictness = strictnessOf(guard, settingOf(rule, guard.key));
      if (strictness === undefined) return false;
      const following = later
        .slice(number + 1)
        .filter((each) => mayOverlap(rule, own, each.rule, each.bots))
        .map((each) => strictnessOf(guard, settingOf(each.rule, guard.key)) ?? 0);
      following.push(strictnessOf(guard, settingOf(file.defaults, guard.key)) ?? 0);
      return Math.max(...following) > strictness;
    });
    if (giving === undefined) return;
    if (agent.evidence === "claim") {
      const message = `anyone can write these names in a User-Agent, and gets a milder ${giving.key} than later rules give; without "evidence", only bots that prove their name get it`;
      warn([...at, "match", "agent", "evidence"], "claim-suffices", message);
    } else if (!own.some((bot) => canProve(bot, "verified"))) {
      const [first] = own;
      const who = own.length === 1 ? quote(first?.name) : "any of these bots";
      const message = `it gives nothing: nothing in the bot table proves ${who}, so the later rules count too`;
      warn([...at, "match", "agent"], "no-effect", message);
    }
  };
}

/** Whether a rule is about agents that prove nothing, whatever it gives. */
function isForUnverified({ match: { agent } }: Rule): boolean {
  return agent?.verdict !== undefined && ![agent.verdict].flat().includes("verified");
}

/** The strictness of a setting as if it were enforced for all; undefined if there is none. */
function strictnessOf(
  guard: FeatureDefinition,
  setting: FeatureSetting | undefined,
): number | undefined {
  if (setting === undefined) return undefined;
  if (typeof setting !== "object" || setting.mode !== "enforce") return 0;
  return guard.strictness?.(setting) ?? 0;
}

/** Whether two rules may match the same request; a no is certain, a yes is not. */
function mayOverlap(a: Rule, botsOfA: readonly Bot[], b: Rule, botsOfB: readonly Bot[]): boolean {
  const known = new Set(botsOfB);
  if (!botsOfA.some((bot) => known.has(bot))) return false;
  const [hostsOfA, hostsOfB] = [hostsOf(a.match), hostsOf(b.match)];
  if (hostsOfA !== undefined && hostsOfB !== undefined) {
    if (!hostsOfA.some((host) => hostsOfB.includes(host))) return false;
  }
  const [ofA, ofB] = [pathsOf(a.match), pathsOf(b.match)];
  if (ofA === undefined || ofB === undefined) return true;
  return ofA.some((one) =>
    ofB.some((other) => {
      const [first = ""] = one.literals;
      const [second = ""] = other.literals;
      return first.startsWith(second) || second.startsWith(first);
    }),
  );
}
