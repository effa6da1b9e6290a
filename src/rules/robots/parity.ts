import type { Agent } from "../../agent/agent.ts";
import type { Bot } from "../../agent/bots.ts";
import type { FeatureList } from "../../feature/define.ts";
import { isPublicDocument } from "../../http/public-documents.ts";
import { splitTarget } from "../../http/target.ts";
import { compileRules, type CompiledRules } from "../compile.ts";
import { settingOf } from "../feature-settings.ts";
import type { LoadedRules } from "../load.ts";
import { compilePath } from "../path-match.ts";
import { publishedTargets } from "../published.ts";
import { agentsOf } from "./fit.ts";
import { bytesOfText, readRobotsFile, textOfBytes } from "./file.ts";
import { compileRobots } from "./index.ts";
import { matchesGlob, parseGlob } from "./pattern.ts";
import type { Crawler } from "./plan.ts";

/** Whether a robots.txt forbids a target to a crawler, as a reader of its own sees it. */
export type ReadRobots = (text: string, site: string) => (agent: string, target: string) => boolean;

/** A page about which robots.txt and the rules disagree. */
export interface Disagreement {
  /** The index of the rule whose sample path it is; undefined for the defaults. */
  readonly rule: number | undefined;
  /** The rule that decides about it. */
  readonly decider: string;
  readonly target: string;
  readonly agents: readonly string[];
  readonly robots: "forbids" | "allows";
  /** Whether the origin server's file forbids it, and no rule. */
  readonly isOfOrigin: boolean;
  /** Whether the compiler tells that robots.txt can't express the rule. */
  readonly isTold: boolean;
}

/** The most sample paths of the rules, and of the origin server's file. */
const MOST_SAMPLES = 120;
const MOST_OF_ORIGIN = 80;

/**
 * Compares the file that the rules make with the rules and the origin server's file, for each crawler on
 * sample paths of each rule and line.
 *
 * @param origin the origin server's file; undefined if there is none
 */
export function findDisagreements(
  { rules, bots, features }: LoadedRules,
  site: string,
  read: ReadRobots,
  origin?: Uint8Array,
): readonly Disagreement[] {
  const robots = compileRobots(rules, features, bots);
  const { file, unsaid } = robots.compile(origin, site);
  const own = textOfRobots(origin);
  const forbade = read(own, site);
  const forbids = read(file === undefined ? own : textOfRobots(file.content), site);
  const published = publishedTargets(rules, features);
  const { host } = new URL(site);
  const blocks = blockerOf(compileRules(rules, features), features, host);
  const isTold = (
    { token, bot }: Crawler,
    target: string,
    by: readonly string[],
    saysMore: boolean,
  ): boolean =>
    robots
      .unsaidOf(bot, host)
      .some((each) => by.includes(each.name) && (each.saysMore === true) === saysMore) ||
    unsaid.some(({ agents, rule, pattern }) => {
      return agents.includes(token) && by.includes(rule) && covers(pattern, target);
    });
  const found = new Map<string, Disagreement & { agents: string[] }>();
  // A group for a purpose also has the lines of signals.
  const purposes = robots.purposes(host);
  const crawlers = [...robots.crawlers, { token: "*", bot: undefined }].filter(
    ({ token }) => !purposes.has(token.toLowerCase()),
  );
  for (const { rule, target } of [...samplesOf(rules.rules, features), ...samplesIn(own)]) {
    if (isPublicDocument(target) || published.has(target)) continue;
    for (const { token, bot } of crawlers) {
      const { isBlocked, by } = blocks(bot, target);
      const says = forbids(token, target);
      const isOfOrigin = !isBlocked && forbade(token, target);
      if (says === (isBlocked || isOfOrigin)) continue;
      const isKnown = isTold({ token, bot }, target, by, says);
      const key = JSON.stringify([rule, target, by, says, isOfOrigin, isKnown]);
      const each = found.get(key) ?? {
        rule,
        decider: by[0] ?? "",
        target,
        agents: [],
        robots: says ? "forbids" : "allows",
        isOfOrigin,
        isTold: isKnown,
      };
      each.agents.push(token);
      found.set(key, each);
    }
  }
  return [...found.values()];
}

/** Whether a pattern of pages has a target; an empty one has all. */
function covers(pattern: string, target: string): boolean {
  return pattern === "" || matchesGlob(parseGlob(pattern), target);
}

/** The text of a file as readers get it; a web page is none. */
function textOfRobots(bytes: Uint8Array | undefined): string {
  if (bytes === undefined || readRobotsFile(textOfBytes(bytes))?.isPage === true) return "";
  return new TextDecoder().decode(bytes);
}

/** Sample paths of the rules in a file. */
function samplesIn(text: string): readonly { readonly rule: undefined; readonly target: string }[] {
  const bytes = textOfBytes(new TextEncoder().encode(text));
  const lines = (readRobotsFile(bytes)?.groups ?? []).flatMap((group) => group.lines);
  const values = lines.flatMap(({ kind, value }) =>
    kind === "rule" && value.startsWith("/") ? [value] : [],
  );
  const step = Math.max(1, Math.ceil(values.length / MOST_OF_ORIGIN));
  return values
    .filter((_, i) => i % step === 0)
    .map((value) => {
      const path = value.replace(/\$$/, "").replaceAll("*", "x");
      return { rule: undefined, target: new TextDecoder().decode(bytesOfText(path)) };
    });
}

/** Sample paths of each rule that a guard reads. */
function samplesOf(rules: LoadedRules["rules"]["rules"], features: FeatureList) {
  const guards = features.filter((feature) => feature.strictness !== undefined);
  const samples = new Map<string, { rule: number | undefined; target: string }>();
  for (const [rule, { match, ...rest }] of rules.entries()) {
    if (!guards.some(({ key }) => settingOf(rest, key) !== undefined)) continue;
    const texts = match.path === undefined ? ["/", "/page"] : [match.path].flat().flatMap(pathsFor);
    for (const target of texts) if (!samples.has(target)) samples.set(target, { rule, target });
  }
  return [...samples.values()].slice(0, MOST_SAMPLES);
}

/** Paths that a pattern matches, and some next to them. */
function pathsFor(source: string): readonly string[] {
  const { parts } = compilePath(source);
  const filled = (any: string, name: string): string =>
    parts
      .map((part) => (part.kind === "literal" ? part.text : part.kind === "any" ? any : name))
      .join("");
  return [filled("", "a"), filled("a", "a"), filled("a/b", "a"), `${filled("a", "a")}z`];
}

/** Compiles the test whether guards block every request of a crawler, and the rules that decide. */
function blockerOf(compiled: CompiledRules, features: FeatureList, host: string) {
  const guards = features.filter((feature) => feature.strictness !== undefined);
  const blocksBy = (agent: Agent, target: string): { isBlocked: boolean; by: string } => {
    const policyOf = compiled.forRequest({ method: "GET", host, ...splitTarget(target), agent });
    let by = "built-in";
    for (const guard of guards) {
      const { mode, policy, share, rule } = policyOf(guard.key);
      by = rule;
      if (mode !== "enforce" || (share !== undefined && share.percentage < 100)) continue;
      const lines = guard.robots?.(policy as never) ?? [];
      const isBlocked = lines.some((line) => line.kind === "paths" && line.name === "Disallow");
      if (isBlocked) return { isBlocked, by };
    }
    return { isBlocked: false, by };
  };
  return (bot: Bot | undefined, target: string) => {
    const all = agentsOf(bot).map((agent) => blocksBy(agent, target));
    return {
      isBlocked: all.every(({ isBlocked }) => isBlocked),
      by: [...new Set(all.map(({ by }) => by))],
    };
  };
}
