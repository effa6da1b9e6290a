import type { Bot } from "../../agent/bots.ts";
import type { RobotsFacts } from "../../audit/robots-facts.ts";

/** The signals that a robots.txt gives for all crawlers. */
export interface RobotsSignals {
  readonly search?: boolean;
  readonly aiInput?: boolean;
  readonly aiTrain?: boolean;
}

/** A robots.txt, as far as access rules can enforce it. */
export interface RobotsRefusals {
  readonly isThere: boolean;
  /** Names of bots to which it refuses the whole site by a group of their own. */
  readonly refused: readonly string[];
  /** Undefined if it gives none. */
  readonly signals: RobotsSignals | undefined;
}

/** Tokens of groups that are compared with the bot table. */
const MOST_TOKENS = 500;

/** Finds bots of the table that robots.txt refuses, other than search engines, and its signals. */
export async function findRefusals(
  robots: RobotsFacts,
  bots: readonly Bot[],
): Promise<RobotsRefusals> {
  const named = new Set(robots.agents.slice(0, MOST_TOKENS));
  const refused: string[] = [];
  for (const bot of bots) {
    const { name, tokens, robotsOnly, behaviours, category } = bot;
    const isSearch = behaviours.includes("Search") || category === "Search Engine Crawler";
    const token = [name, ...tokens].find((each) => named.has(each.toLowerCase()));
    if (token === undefined || robotsOnly || isSearch) continue;
    if (!(await robots.for(token)).isAllowed("/")) refused.push(name);
  }
  return { isThere: robots.isFile, refused, signals: signalsOf(robots) };
}

const KEYS = new Map([
  ["search", "search"],
  ["ai-input", "aiInput"],
  ["ai-train", "aiTrain"],
] as const);

function signalsOf({ signals }: RobotsFacts): RobotsSignals | undefined {
  const general = signals.find(({ agents }) => agents.includes("*"));
  const found: Record<string, boolean> = {};
  for (const part of general?.value.split(",") ?? []) {
    const [name = "", value] = part.split("=", 2).map((text) => text.trim().toLowerCase());
    const key = KEYS.get(name as "search");
    if (key !== undefined && (value === "yes" || value === "no")) found[key] = value === "yes";
  }
  return Object.keys(found).length === 0 ? undefined : found;
}
