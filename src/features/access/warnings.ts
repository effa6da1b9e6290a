import type { Bot } from "../../agent/bots.ts";
import type { Concerned } from "../../feature/define.ts";
import type { PolicyWarning } from "../../pipeline/policy.ts";
import { audienceWarnings, listNames } from "./audience.ts";
import type { AccessPolicy } from "./policy.ts";

type AccessWarning =
  | ReturnType<typeof audienceWarnings>[number]
  | PolicyWarning<
      | "humans-challenged"
      | "search-engine-challenged"
      | "challenge-unmet"
      | "shared-caches"
      | "unexplained"
    >;

/** Warnings about a rule's options, given the agents that the rule applies to. */
export function accessWarnings(policy: AccessPolicy, concerned: Concerned): AccessWarning[] {
  const { mode, action } = policy;
  if (mode === "off") return [];
  if (action === "challenge") return challengeWarnings(policy, concerned);
  return [...audienceWarnings(action, concerned), ...noticeWarnings(policy)];
}

/** Warns of a 451 that does not explain the legal demand (RFC 7725 §3). */
function noticeWarnings({ action, status, message }: AccessPolicy): AccessWarning[] {
  if (action !== "block" || status !== 451 || message !== undefined) return [];
  const says = 'explain the legal demand in "message" (RFC 7725 §3)';
  return [{ level: "warning", code: "unexplained", path: ["status"], message: says }];
}

function challengeWarnings(
  { mode, evidence, sharedCaches }: AccessPolicy,
  concerned: Concerned,
): AccessWarning[] {
  const warnings: AccessWarning[] = [];
  const warn = (code: AccessWarning["code"], message: string): void => {
    warnings.push({ level: "warning", code, path: ["action"], message });
  };
  if (concerned.humans) {
    const how = 'a browser can\'t sign; name the agents in "match"';
    warn("humans-challenged", `people would be challenged: ${how}`);
  }
  const engines = concerned.bots.filter(
    (bot) =>
      !bot.robotsOnly && bot.behaviours.includes("Search") && !concerned.canProve(bot, evidence),
  );
  if (engines.length > 0) {
    const why = `the bot table has no "${evidence}" for them`;
    warn(
      "search-engine-challenged",
      `search engines would be challenged: ${listNames(engines.toSorted(byAudience))}; ${why}`,
    );
  }
  const others = concerned.bots.filter(
    (bot) => !bot.robotsOnly && !engines.includes(bot) && !concerned.canProve(bot, evidence),
  );
  if (others.length > 0 && !concerned.isForAll) {
    const message = `nothing in the bot table proves by "${evidence}": ${listNames(others)}; the challenge always refuses them; write the "evidence" that it requires if that is meant`;
    warnings.push({ level: "note", code: "challenge-unmet", path: ["evidence"], message });
  }
  if (mode === "enforce" && sharedCaches === "allow") {
    const message =
      'a cache in front of the proxy can serve pages that passed the challenge to other clients; write "bypass", or "allow" if there is no such cache';
    warnings.push({ level: "note", code: "shared-caches", path: ["sharedCaches"], message });
  }
  return warnings;
}

/** Engines and archives that people use come before those for machines. */
function byAudience(a: Bot, b: Bot): number {
  return rankOf(a) - rankOf(b);
}

function rankOf({ category }: Bot): number {
  return category === "Search Engine Crawler" ? 0 : category === "Archiver" ? 1 : 2;
}
