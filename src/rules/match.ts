import { botOf, hasEvidence, provesItself, type Agent } from "../agent/agent.ts";
import type { Bot } from "../agent/bots.ts";
import type { PathPattern } from "../http/path-pattern.ts";
import { canonicalHost, withoutPort } from "./hosts.ts";
import { compilePath } from "./path-match.ts";
import type { AgentMatch, RuleMatch } from "./schema.ts";

/** The facts that rules are matched against. */
export interface MatchFacts {
  readonly method: string;
  /** Lower case, without a final dot; with a port if the request names one. */
  readonly host: string;
  /** One reading of the path. */
  readonly path: string;
  /** With its "?", or empty. @default "" */
  readonly query?: string | undefined;
  readonly agent: Agent;
}

export type Matcher = (facts: MatchFacts) => boolean;

/** Maps a pattern to patterns that match folded paths. */
export type FoldPattern = (pattern: PathPattern) => readonly PathPattern[];

/**
 * Compiles a rule's `match`; an absent part matches everything.
 *
 * @param fold maps patterns to the form of the paths that are compared @default unfolded
 */
export function compileMatch(match: RuleMatch, fold?: FoldPattern): Matcher {
  const tests: Matcher[] = [];
  if (match.method !== undefined) {
    const methods = new Set(list(match.method));
    tests.push(({ method }) => methods.has(method));
  }
  const hosts = hostsOf(match);
  if (hosts !== undefined) {
    const known = new Set(hosts);
    tests.push(({ host }) => known.has(host) || known.has(withoutPort(host)));
  }
  const patterns = pathsOf(match, fold);
  if (patterns !== undefined) {
    tests.push(({ path }) => patterns.some((pattern) => pattern.test(path)));
  }
  if (match.query !== undefined) tests.push(compileQuery(match.query));
  if (match.agent !== undefined) tests.push(compileAgent(match.agent));
  return (facts) => tests.every((test) => test(facts));
}

/** Compiles a condition on query parameters; of repeated ones, each value counts. */
function compileQuery(wanted: NonNullable<RuleMatch["query"]>): Matcher {
  if (typeof wanted === "string" || Array.isArray(wanted)) {
    const names = list(wanted);
    return ({ query = "" }) => {
      if (query === "") return false;
      const parameters = new URLSearchParams(query);
      return names.some((name) => parameters.has(name));
    };
  }
  const pairs = Object.entries(wanted as Readonly<Record<string, string | readonly string[]>>);
  return ({ query = "" }) => {
    if (query === "") return pairs.length === 0;
    const parameters = new URLSearchParams(query);
    return pairs.every(([name, values]) => {
      const sent = parameters.getAll(name);
      return list(values).some((value) => sent.includes(value));
    });
  };
}

/** The hosts of a match, written as requests name them; undefined if any host matches. */
export function hostsOf({ host }: RuleMatch): readonly string[] | undefined {
  return host === undefined ? undefined : list(host).map(canonicalHost);
}

/** The path patterns of a match; undefined if any path matches. */
export function pathsOf(
  { path }: RuleMatch,
  fold?: FoldPattern,
): readonly PathPattern[] | undefined {
  if (path === undefined) return undefined;
  const patterns = list(path).map(compilePath);
  return fold === undefined ? patterns : patterns.flatMap(fold);
}

/** The names of bots in a match; undefined if any agent matches. */
export function botNamesOf({ agent }: RuleMatch): readonly string[] | undefined {
  return agent?.name === undefined ? undefined : list(agent.name);
}

function compileAgent(match: AgentMatch): Matcher {
  const isOfBots = namesBots(match);
  const suffices = compileEvidence(match);
  return ({ agent }) => {
    if (suffices?.(agent) === false) return false;
    if (!isOfBots) return true;
    const bot = botOf(agent);
    if (bot === undefined) return false;
    return (
      includes(match.name, [bot.name]) &&
      includes(match.operator, [bot.operator]) &&
      includes(match.category, [bot.category]) &&
      includes(match.behaviour, bot.behaviours)
    );
  };
}

/** Whether an agent has the evidence for a match; undefined if the match requires none. */
export function compileEvidence(match: AgentMatch): ((agent: Agent) => boolean) | undefined {
  const { evidence } = match;
  if (evidence === undefined) return undefined;
  const has = namesBots(match) ? hasEvidence : provesItself;
  return (agent) => has(agent, evidence);
}

/** Whether a match depends on the bot's identity, and not only on its evidence. */
export function namesBots({ name, operator, category, behaviour }: AgentMatch): boolean {
  return [name, operator, category, behaviour].some((part) => part !== undefined);
}

function includes(wanted: string | readonly string[] | undefined, had: readonly string[]): boolean {
  return wanted === undefined || list(wanted).some((each) => had.includes(each));
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The bots that meet the conditions on agents once they are verified. */
export function botsMatched(match: AgentMatch | undefined, bots: readonly Bot[]): readonly Bot[] {
  if (match === undefined) return bots;
  const matches = compileAgent(match);
  return bots.filter((bot) => {
    const agent: Agent = { kind: "verified", bot, evidence: "signature" };
    return matches({ method: "GET", host: "", path: "/", agent });
  });
}
