import type { Bot } from "../../agent/bots.ts";
import type { FeatureList } from "../../feature/define.ts";
import { ROBOTS, SITEMAP, WELL_KNOWN_DIRECTORY } from "../../http/known-paths.ts";
import { mayBeSitemap, PUBLIC_DOCUMENTS } from "../../http/public-documents.ts";
import { splitTarget } from "../../http/target.ts";
import { publishedTargets } from "../published.ts";
import type { RulesFile } from "../schema.ts";
import { bytesOfText, MOST_READ, readRobotsFile, textOfBytes, type RobotsFile } from "./file.ts";
import { compileRobotsPolicies, namedPaths, type GroupPolicy } from "./group-policy.ts";
import { mergeRobots, type MergedLine } from "./merge.ts";
import { GroupPlans, type Crawler, type UnsaidPages } from "./plan.ts";
import type { Region } from "./region.ts";
import type { Unsaid } from "./setting.ts";
import { addSiteLines } from "./site-fields.ts";
import { compileSitemapLine } from "./sitemap-line.ts";
import { unsaidByUnnamed } from "./unnamed.ts";

export type { Unsaid } from "./setting.ts";
export { SITEMAP_KEY } from "./sitemap-line.ts";
export type { LineSource, MergedLine } from "./merge.ts";

/** A robots.txt that agrees with the rules. */
export interface CompiledRobots {
  /** The file; undefined if the rules add no line to the origin server's. */
  readonly file:
    | {
        readonly content: Uint8Array<ArrayBuffer>;
        readonly lines: readonly MergedLine[];
        /** Whether it is longer than crawlers are sure to read. */
        readonly isTooLong: boolean;
      }
    | undefined;
  /** Whether the origin server's file has too many lines to be merged, or would become too long. */
  readonly isTooLarge: boolean;
  /** Pages for which no line can express a rule; an empty pattern stands for all of a group's. */
  readonly unsaid: readonly (UnsaidPages & { readonly agents: readonly string[] })[];
}

/** The compiler of the rules to robots.txt. */
export interface RobotsCompiler {
  /** The crawlers that a file can name. */
  readonly crawlers: readonly Crawler[];
  /** Bots that no file can name, since their tokens are none of robots.txt. */
  readonly unnamed: readonly Bot[];
  /**
   * Merges the rules' lines into the origin server's file.
   *
   * @param origin its file; undefined if there is none
   * @param site the scheme and host of the site, e.g. "https://www.example.com"
   */
  compile(origin: Uint8Array | undefined, site: string): CompiledRobots;
  /** The parts of rules that no file can express, for a host. */
  unsaid(host: string): readonly Unsaid[];
  /** Those of the group of one crawler. */
  unsaidOf(bot: Bot | undefined, host: string): readonly Unsaid[];
  /** The tokens of a host, in lower case, whose groups stand for a purpose, beyond the decisions of access. */
  purposes(host: string): ReadonlySet<string>;
}

/** A token that crawlers look for; a space or `*` in it has other meanings in User-Agents. */
const TOKEN = /^[\w.-]+$/;

/** Compiles rules to robots.txt (RFC 9309). */
export function compileRobots(
  rules: RulesFile,
  features: FeatureList,
  bots: readonly Bot[],
): RobotsCompiler {
  const crawlers = crawlersOf(bots);
  const named = new Set(crawlers.map(({ bot }) => bot));
  const botOf = namesOf(bots, crawlers);
  const unnamed = bots.filter((bot) => !named.has(bot));
  const policies = compileRobotsPolicies(rules, features);
  const sitemapLines = compileSitemapLine(rules, features);
  const refused = namedPaths(rules, features);
  const open = openTargets(rules, features, refused);
  return {
    crawlers,
    unnamed,
    compile(origin, site) {
      const own = readRobotsFile(origin === undefined ? "" : textOfBytes(origin));
      if (own === undefined) return { file: undefined, isTooLarge: true, unsaid: [] };
      const { host } = new URL(site);
      const { lines: ofRules, tokens } = policies.siteOf(host);
      const siteLines = [...ofRules, ...sitemapLines(host)];
      const { file, added, unsaid: ofSite } = addSiteLines(own, siteLines, site);
      const sitemaps = sitemapsOf(file, site).filter((path) => !refused.has(path));
      const policyOf = memory((bot: Bot | undefined) => policies.groupOf(bot, host));
      const plans = new GroupPlans(file, {
        policyOf,
        open: regionsOf([...open, ...sitemaps]),
        tokens,
      });
      const known = new Map(crawlers.map((each) => [each.token.toLowerCase(), each]));
      const purposes = tokens.map(
        ({ token }) => known.get(token.toLowerCase()) ?? { token, bot: undefined },
      );
      const others = crawlers.filter((each) => !purposes.includes(each));
      const lines = mergeRobots(file, { plans, crawlers: others, purposes, botOf, site: added });
      const unsaid = [...ofSite, ...unsaidBy(plans, [...others, ...purposes])];
      if (lines === undefined || lines === "too-much") {
        return { file: undefined, isTooLarge: lines === "too-much", unsaid };
      }
      const content = bytesOfText(write(file, lines));
      const isTooLong = content.length > MOST_READ;
      return { file: { content, lines, isTooLong }, isTooLarge: false, unsaid };
    },
    unsaid(host) {
      const groupOf = (bot: Bot | undefined): GroupPolicy => policies.groupOf(bot, host);
      const all = [
        ...policies.siteOf(host).unsaid,
        ...[undefined, ...bots].flatMap((bot) => groupOf(bot).unsaid),
        ...unsaidByUnnamed(unnamed, groupOf),
      ];
      return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
    },
    unsaidOf: (bot, host) => policies.groupOf(bot, host).unsaid,
    purposes: (host) =>
      new Set(policies.siteOf(host).tokens.map(({ token }) => token.toLowerCase())),
  };
}

/** The targets of documents that rules refuse to nobody, as patterns. */
function openTargets(
  rules: RulesFile,
  features: FeatureList,
  refused: ReadonlySet<string>,
): readonly string[] {
  const published = [...publishedTargets(rules, features)].filter(canBeLine);
  const parts = rules.sitemap && !refused.has(SITEMAP) ? [`${SITEMAP}?*`] : [];
  return [...PUBLIC_DOCUMENTS, WELL_KNOWN_DIRECTORY, ...published, ...parts].filter(
    (path) => path !== ROBOTS && !refused.has(path),
  );
}

/** Calls a function once for each key. */
function memory<Key, Value>(of: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    if (!known.has(key)) known.set(key, of(key));
    return known.get(key) as Value;
  };
}

function crawlersOf(bots: readonly Bot[]): readonly Crawler[] {
  const byToken = new Map<string, Crawler>();
  for (const bot of bots) {
    const tokens = bot.robotsOnly && bot.tokens.length === 0 ? [bot.name] : bot.tokens;
    for (const token of tokens) {
      if (TOKEN.test(token)) byToken.set(token.toLowerCase(), { token, bot });
    }
  }
  return [...byToken.values()];
}

/** Finds the bot that a file names, perhaps by words that are no token. */
function namesOf(
  bots: readonly Bot[],
  crawlers: readonly Crawler[],
): (token: string) => Bot | undefined {
  const byName = new Map(
    bots.flatMap((bot) => [bot.name, ...bot.tokens].map((name) => [name.toLowerCase(), bot])),
  );
  for (const { token, bot } of crawlers) if (bot) byName.set(token.toLowerCase(), bot);
  return (token) => byName.get(token.toLowerCase());
}

/** The targets of the sitemaps that a file names, which rules refuse to nobody. */
function sitemapsOf({ sitemaps }: RobotsFile, site: string): readonly string[] {
  return sitemaps.slice(0, MOST_SITEMAPS).flatMap((address) => {
    const url = URL.parse(address, site);
    if (url === null || url.host !== new URL(site).host) return [];
    const target = url.pathname + url.search;
    return mayBeSitemap(splitTarget(target).path) && !target.includes("*") ? [target] : [];
  });
}

/** Whether a line can say a target, and that of its path does not say it already. */
function canBeLine(target: string): boolean {
  const { path } = splitTarget(target);
  return !/[*$]/.test(target) && (path === target || !PUBLIC_DOCUMENTS.has(path));
}

const MOST_SITEMAPS = 100;

function regionsOf(targets: readonly string[]): readonly Region[] {
  if (targets.length === 0) return [];
  return [{ isBlocked: false, name: OPEN, patterns: [...new Set(targets)], except: [] }];
}

/** Stands for a rule: documents that rules refuse to nobody, unless they name them. */
export const OPEN = "open to everyone";

function write({ hasByteOrderMark, end }: RobotsFile, lines: readonly MergedLine[]): string {
  const mark = hasByteOrderMark ? "\u00EF\u00BB\u00BF" : "";
  return mark + lines.map(({ text }) => text + end).join("");
}

function unsaidBy(plans: GroupPlans, crawlers: readonly Crawler[]): CompiledRobots["unsaid"] {
  const found = new Map<string, UnsaidPages & { agents: string[] }>();
  for (const crawler of [{ token: "*", bot: undefined }, ...crawlers]) {
    for (const pages of plans.planOf(crawler).unsaid) {
      const { rule, pattern, why } = pages;
      const key = JSON.stringify([rule, pattern, why]);
      const each = found.get(key) ?? { ...pages, agents: [] };
      if (!each.agents.includes(crawler.token)) each.agents.push(crawler.token);
      found.set(key, each);
    }
  }
  return [...found.values()];
}
