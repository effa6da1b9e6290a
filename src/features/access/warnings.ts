import type { Bot } from "../../agent/bots.ts";
import type { Concerned } from "../../feature/define.ts";
import type { PolicyWarning } from "../../pipeline/policy.ts";
import type { AccessPolicy } from "./policy.ts";

type AccessWarning = PolicyWarning<
  "humans-challenged" | "search-engine-challenged" | "shared-caches"
>;

/** Warnings about a rule's options, given the agents that the rule applies to. */
export function accessWarnings(policy: AccessPolicy, concerned: Concerned): AccessWarning[] {
  const { mode, action, evidence, sharedCaches } = policy;
  if (mode === "off" || action !== "challenge") return [];
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
      `search engines would be challenged: ${list(engines.toSorted(byAudience))}; ${why}`,
    );
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

/** The most names in one line. */
const SHOWN = 6;

function list(bots: readonly Bot[]): string {
  const names = bots.slice(0, SHOWN).map(({ name }) => name);
  const more = bots.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}
