import * as v from "valibot";
import type { Bot } from "../agent/bots.ts";
import type { Concerned, FeatureDefinition } from "../feature/define.ts";
import { quote, type PathStep, type WarningCode } from "./fault.ts";
import { botsMatched, namesBots } from "./match.ts";
import { provability } from "./provable.ts";
import type { RuntimeName } from "./runtime-warnings.ts";
import { placeOf, settingOf, type FeatureSetting } from "./feature-settings.ts";
import type { AgentMatch, Rule } from "./schema.ts";
import type { ValidRules, Warn } from "./warn.ts";

/** Warns of the effects that features' options have on the agents that a rule matches. */
export function policyWarner(read: ValidRules, runtimes: readonly RuntimeName[], warn: Warn) {
  const { rules: file, bots, places, features } = read;
  const canProve = provability(bots, file.agents, !runtimes.includes("node"));
  const hasFront = file.agents.trustedProxyHops > 0;
  const isBehindTls = file.publicOrigin?.startsWith("https:") === true;
  const hidesClients = isBehindTls && !places.has(["agents", "trustedProxyHops"]);

  return (from: Omit<Rule, "name">, path: readonly PathStep[]): void => {
    const { match } = from;
    const { agent = {} } = match;
    const concerned = {
      humans: includesHumans(agent),
      isForAll: Object.keys(agent).length === 0,
      isOfClients: agent.address !== undefined || agent.country !== undefined,
      bots: genuineBots(agent, bots, canProve),
      isNamed: ({ name, category }: Bot) =>
        [agent.name ?? []].flat().includes(name) ||
        [agent.category ?? []].flat().some((each) => each === category),
      paths: match.path === undefined ? undefined : [match.path].flat(),
      runtimes,
      hasFront,
      hidesClients,
      canProve,
    };
    for (const feature of features) {
      const setting = settingOf(from, feature.key);
      if (setting === undefined) continue;
      const at = placeOf(feature, path, places);
      if (typeof setting === "object") warnOfPercentage(setting, at, read, warn);
      for (const { level, code, path: inner, message } of warningsOf(feature, setting, concerned)) {
        const cause = [...at, ...inner];
        // An operator who states the default value has chosen it deliberately.
        if (level === "warning" || !places.has(cause)) warn(cause, code as WarningCode, message);
      }
    }
  };
}

/** The bots that a match includes; those that can prove themselves need no verdict of a claim. */
function genuineBots(
  match: AgentMatch,
  bots: readonly Bot[],
  canProve: ReturnType<typeof provability>,
): readonly Bot[] {
  const matched = botsMatched(match, bots);
  const verdicts = match.verdict === undefined ? undefined : [match.verdict].flat();
  if (verdicts === undefined || verdicts.includes("verified")) return matched;
  if (!verdicts.includes("claimed")) return [];
  return matched.filter((bot) => !canProve(bot, "verified"));
}

/** Whether people in browsers are among the agents of a match. */
function includesHumans(match: AgentMatch): boolean {
  if (namesBots(match) || match.evidence !== undefined) return false;
  return match.verdict === undefined || [match.verdict].flat().includes("anonymous");
}

/** The feature's own warnings about its options; `true` stands for the default options. */
function warningsOf(feature: FeatureDefinition, setting: FeatureSetting, concerned: Concerned) {
  if (setting === false || setting === "observe") return [];
  return (
    feature.warnings?.(setting === true ? v.parse(feature.options, {}) : setting, concerned) ?? []
  );
}

function warnOfPercentage(
  { mode, percentage }: Pick<Extract<FeatureSetting, object>, "mode" | "percentage">,
  path: readonly PathStep[],
  { places }: ValidRules,
  warn: Warn,
): void {
  const canary = [...path, "canary"];
  const isSplit = mode === "enforce" && percentage > 0 && percentage < 100;
  if (!isSplit && places.has(canary)) {
    const message = "it has no effect: without a percentage of agents there is nothing to compare";
    warn(canary, "no-effect", message);
  }
  const at = [...path, "percentage"];
  if (!places.has(at)) return;
  if (mode !== "enforce") {
    const message = `it has no effect: with the mode ${quote(mode)} the feature acts for nobody`;
    warn(at, "no-effect", message);
  } else if (percentage === 0) {
    warn(at, "no-effect", 'the feature acts for nobody; write the mode "observe" instead');
  }
}
