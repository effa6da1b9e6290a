import type { Bot } from "../../agent/bots.ts";
import type { FeatureList } from "../../feature/define.ts";
import { ROBOTS, WELL_KNOWN_DIRECTORY } from "../../http/known-paths.ts";
import { mayBeSitemap, PUBLIC_DOCUMENTS } from "../../http/public-documents.ts";
import { splitTarget } from "../../http/target.ts";
import { publishedTargets } from "../published.ts";
import type { RulesFile } from "../schema.ts";
import { bytesOfText, MOST_READ, readRobotsFile, textOfBytes, type RobotsFile } from "./file.ts";
import { compileGroupPolicies, namedPaths, type Unsaid } from "./group-policy.ts";
import { mergeRobots, type MergedLine } from "./merge.ts";
import { GroupPlans, type Crawler } from "./plan.ts";
import type { Region } from "./region.ts";

export type { Unsaid } from "./group-policy.ts";
export type { LineSource, MergedLine } from "./merge.ts";

/** A robots.txt that says what the rules enforce. */
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
  /** Pages about which no line says what a rule enforces; an empty pattern stands for all of a group's. */
  readonly unsaid: readonly {
    readonly rule: string;
    readonly agents: readonly string[];
    readonly pattern: string;
  }[];
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
  const policyOf = compileGroupPolicies(rules, features);
  const refused = namedPaths(rules, features);
  const published = [...publishedTargets(rules, features)].filter((target) => !/[*$]/.test(target));
  const open = [...PUBLIC_DOCUMENTS, WELL_KNOWN_DIRECTORY, ...published].filter(
    (path) => path !== ROBOTS && !refused.has(path),
  );
  return {
    crawlers,
    unnamed: bots.filter((bot) => !named.has(bot)),
    compile(origin, site) {
      const file = readRobotsFile(origin === undefined ? "" : textOfBytes(origin));
      const { host } = new URL(site);
      const known = new Map<Bot | undefined, ReturnType<typeof policyOf>>();
      const policy = (bot: Bot | undefined) => {
        if (!known.has(bot)) known.set(bot, policyOf(bot, host));
        return known.get(bot) as ReturnType<typeof policyOf>;
      };
      const sitemaps = sitemapsOf(file, site).filter((path) => !refused.has(path));
      const plans = new GroupPlans(file, policy, regionsOf([...open, ...sitemaps]));
      const lines = mergeRobots(file, plans, crawlers);
      const unsaid = unsaidBy(plans, crawlers);
      if (lines === undefined) return { file: undefined, unsaid };
      const content = bytesOfText(write(file, lines));
      return { file: { content, lines, isTooLong: content.length > MOST_READ }, unsaid };
    },
    unsaid(host) {
      const all = [undefined, ...bots].flatMap((bot) => policyOf(bot, host).unsaid);
      return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
    },
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

/** The targets of the sitemaps that a file names, which rules refuse to nobody. */
function sitemapsOf({ sitemaps }: RobotsFile, site: string): readonly string[] {
  return sitemaps.slice(0, MOST_SITEMAPS).flatMap((address) => {
    const url = URL.parse(address, site);
    if (url === null || url.host !== new URL(site).host) return [];
    const target = url.pathname + url.search;
    return mayBeSitemap(splitTarget(target).path) && !target.includes("*") ? [target] : [];
  });
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
  const found = new Map<string, { rule: string; agents: string[]; pattern: string }>();
  for (const crawler of [{ token: "*", bot: undefined }, ...crawlers]) {
    for (const { rule, pattern } of plans.planOf(crawler).unsaid) {
      const key = JSON.stringify([rule, pattern]);
      const each = found.get(key) ?? { rule, agents: [], pattern };
      each.agents.push(crawler.token);
      found.set(key, each);
    }
  }
  return [...found.values()];
}
