import type { Bot } from "../../agent/bots.ts";
import type { Concerned } from "../../feature/define.ts";
import type { PolicyWarning } from "../../pipeline/policy.ts";

type AudienceCode = "humans-reached" | "search-engine-reached" | "audience-reached";

/** The words for a request to which an action is done. */
const WORDS: Readonly<Record<string, string>> = {
  block: "blocked",
  charge: "charged",
  limit: "limited",
};

/** The categories of bots that serve people at once, and what a refusal of them means. */
const SERVING: readonly (readonly [Bot["category"], string])[] = [
  ["Page Preview", "links to the site get no preview"],
  ["Monitoring & Analytics", "monitors report the site as down"],
];

/** Warns if an action reaches people, search engines, link previews or monitors that a rule does not name. */
export function audienceWarnings(
  action: string,
  concerned: Concerned,
): PolicyWarning<AudienceCode>[] {
  const word = WORDS[action];
  if (word === undefined) return [];
  const { humans, isForAll, isOfClients, paths } = concerned;
  const warnings: PolicyWarning<AudienceCode>[] = [];
  const warn = (code: AudienceCode, message: string): void => {
    warnings.push({ level: "warning", code, path: ["action"], message });
  };
  const isWholeSite = paths === undefined || paths.some((path) => path === "/*" || path === "*");
  // A refusal of one path to everyone is meant for people, too, and a rule may name their addresses.
  const isMeant = isForAll ? !isWholeSite && action !== "charge" : isOfClients;
  if (humans && !isMeant) {
    const how = 'name the agents in "match"';
    const why = action === "charge" ? "a browser can't pay" : "they are anonymous clients";
    warn("humans-reached", `people would be ${word}: ${why}; ${how}`);
  }
  // A limit slows bots down, and they come again.
  if (isForAll || isOfClients || action === "limit") return warnings;
  const bots = concerned.bots.filter(({ robotsOnly }) => !robotsOnly);
  const engines = bots.filter(
    ({ category, behaviours }) =>
      category === "Search Engine Crawler" && behaviours.includes("Search"),
  );
  if (engines.length > 0) {
    const message = `search engines would be ${word}: ${listNames(engines)}; the site leaves their results`;
    warn("search-engine-reached", message);
  }
  for (const [category, meaning] of SERVING) {
    const reached = bots.filter((bot) => bot.category === category && !concerned.isNamed(bot));
    if (reached.length === 0) continue;
    warn("audience-reached", `${listNames(reached)} would be ${word}: ${meaning}`);
  }
  return warnings;
}

/** The most names in one line. */
const SHOWN = 6;

/** Names of bots for a message, which counts those that it does not show. */
export function listNames(bots: readonly Bot[]): string {
  const names = bots.slice(0, SHOWN).map(({ name }) => name);
  const more = bots.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}
