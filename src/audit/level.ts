import type { CheckId, CheckStatus, CheckedItem, CheckedItems } from "./model.ts";
import { AUDIT_CHECKS } from "./checks/index.ts";

/** The names of the levels, from 0. */
export const LEVEL_NAMES = [
  "Not Ready",
  "Basic Web Presence",
  "Bot-Aware",
  "Agent-Readable",
  "Agent-Integrated",
  "Agent-Native",
] as const;

type Passes = (id: CheckId) => boolean;

const INTEGRATIONS: readonly CheckId[] = [
  "mcpServerCard",
  "a2aAgentCard",
  "agentSkills",
  "apiCatalog",
];
const AUTHORIZATIONS: readonly CheckId[] = ["oauthDiscovery", "oauthProtectedResource", "authMd"];
const BASICS: readonly CheckId[] = ["robotsTxt", "sitemap", "linkHeaders"];

/** The condition of each level from 1, besides those of the levels below. */
const CONDITIONS: readonly ((passes: Passes) => boolean)[] = [
  (passes) => BASICS.filter(passes).length >= 2,
  (passes) => passes("robotsTxtAiRules") && passes("contentSignals"),
  (passes) => passes("markdownNegotiation"),
  (passes) => INTEGRATIONS.some(passes),
  (passes) =>
    [passes("webBotAuth"), INTEGRATIONS.every(passes), AUTHORIZATIONS.some(passes)].filter(Boolean)
      .length >= 2,
];

/** The checks that lead to each level from 1. */
const LEADING: readonly (readonly CheckId[])[] = [
  BASICS,
  ["robotsTxtAiRules", "contentSignals"],
  ["markdownNegotiation"],
  INTEGRATIONS,
  ["webBotAuth", ...INTEGRATIONS, ...AUTHORIZATIONS],
];

/** The checks that lead from a level to the next one. */
export function leadingFrom(level: number): readonly CheckId[] {
  return LEADING[level] ?? [];
}

/** The level of a site, as the public scanner counts. */
export function levelOf(checks: CheckedItems): number {
  const passes: Passes = (id) => checks[id].status === "pass";
  const failing = CONDITIONS.findIndex((condition) => !condition(passes));
  return failing === -1 ? CONDITIONS.length : failing;
}

/** The share of checks that pass of those that pass or fail, in percent; commerce counts for shops. */
export function scoreOf(
  checks: CheckedItems,
  isCommerce: boolean,
  statusOf: (item: CheckedItem) => CheckStatus,
): number {
  const counted = AUDIT_CHECKS.filter(({ category }) => category !== "commerce" || isCommerce);
  const statuses = counted.map(({ id }) => statusOf(checks[id]));
  const passed = statuses.filter((status) => status === "pass").length;
  const failed = statuses.filter((status) => status === "fail").length;
  return passed + failed === 0 ? 0 : Math.round((100 * passed) / (passed + failed));
}

/** A check to pass for the next level, in the scanner's form. */
interface LevelRequirement {
  readonly check: CheckId;
  readonly description: string;
  readonly shortPrompt: string;
  readonly prompt: string;
  readonly specUrls: readonly string[];
  readonly skillUrl: string;
}

export interface NextLevel {
  readonly target: number;
  readonly name: string;
  readonly requirements: readonly LevelRequirement[];
}

/** The address of the scanner's guide to a check. */
export function guideUrl(guide: string): string {
  return `https://isitagentready.com/.well-known/agent-skills/${guide}/SKILL.md`;
}

/**
 * The next level and the checks that lead to it; null at the highest. It lists no check that does
 * not apply to the site, so it may have none: then the site has its highest honest level.
 */
export function nextLevelOf(checks: CheckedItems): NextLevel | null {
  const level = levelOf(checks);
  const target = level + 1;
  const ids = LEADING[level];
  const name = LEVEL_NAMES[target];
  if (ids === undefined || name === undefined) return null;
  const requirements = AUDIT_CHECKS.filter(
    ({ id }) => ids.includes(id) && checks[id].status === "fail",
  ).map(({ id, goal, specs, guide }) => ({
    check: id,
    description: goal,
    shortPrompt: checks[id].message,
    prompt: checks[id].advice?.prompt ?? goal,
    specUrls: specs,
    skillUrl: guideUrl(guide),
  }));
  return { target, name, requirements };
}
