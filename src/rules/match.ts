import { botOf, hasEvidence, provesItself, verdictsOf, type Agent } from "../agent/agent.ts";
import type { Bot } from "../agent/bots.ts";
import { parseIpPrefix } from "../agent/ip-address.ts";
import { compileIpRanges } from "../agent/ip-ranges.ts";
import type { PathPattern } from "../http/path-pattern.ts";
import { canonicalHost, withoutPort } from "./hosts.ts";
import { compilePath } from "./path-match.ts";
import type { AgentMatch, RuleMatch } from "./schema.ts";
import type { ClientFacts } from "./share.ts";

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
  /** For conditions on the client. @default unknown: no such condition matches */
  readonly client?: (() => ClientFacts) | undefined;
}

/** Reads the parameters of a query, which begins with "?". */
type ReadParameters = (query: string) => Pick<URLSearchParams, "has" | "getAll">;

export type Matcher = (facts: MatchFacts) => boolean;

/** Maps a pattern to patterns that match folded paths. */
export type FoldPattern = (pattern: PathPattern) => readonly PathPattern[];

/**
 * Compiles a rule's `match`; an absent part matches everything.
 *
 * @param fold maps patterns to the form of the paths that are compared @default unfolded
 * @param parameters reads the parameters of a query @default as the URL standard says
 */
export function compileMatch(
  match: RuleMatch,
  fold?: FoldPattern,
  parameters: ReadParameters = (query) => new URLSearchParams(query),
): Matcher {
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
  if (match.query !== undefined) tests.push(compileQuery(match.query, parameters));
  if (match.agent !== undefined) tests.push(compileAgent(match.agent));
  return (facts) => tests.every((test) => test(facts));
}

/** Compiles a condition on query parameters; of repeated ones, each value counts. */
function compileQuery(wanted: NonNullable<RuleMatch["query"]>, read: ReadParameters): Matcher {
  if (typeof wanted === "string" || Array.isArray(wanted)) {
    const names = list(wanted);
    return ({ query = "" }) => {
      if (query === "") return false;
      const parameters = read(query);
      return names.some((name) => parameters.has(name));
    };
  }
  const pairs = Object.entries(wanted as Readonly<Record<string, string | readonly string[]>>);
  return ({ query = "" }) => {
    if (query === "") return pairs.length === 0;
    const parameters = read(query);
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
  const isOfClient = compileClient(match);
  const isExcepted = compileExcept(match);
  return (facts) => {
    const { agent } = facts;
    if (suffices?.(agent) === false) return false;
    if (match.verdict !== undefined && !includes(match.verdict, verdictsOf(agent))) return false;
    if (isOfClient?.(facts) === false) return false;
    const bot = botOf(agent);
    if (!isOfBots) return isExcepted?.(agent) !== true;
    if (bot === undefined) return false;
    return (
      isExcepted?.(agent) !== true &&
      includes(match.name, [bot.name]) &&
      includes(match.operator, [bot.operator]) &&
      includes(match.category, [bot.category]) &&
      includes(match.behaviour, bot.behaviours)
    );
  };
}

/** Compiles the conditions on the client's address and country; undefined if there are none. */
function compileClient({ address, country }: AgentMatch): Matcher | undefined {
  if (address === undefined && country === undefined) return undefined;
  const prefixes = list(address ?? []).flatMap((each) => parseIpPrefix(each) ?? []);
  const blocks = address === undefined ? undefined : compileIpRanges(prefixes);
  const countries =
    country === undefined ? undefined : new Set(list(country).map((each) => each.toUpperCase()));
  return ({ client }) => {
    const { address: at, country: of } = client?.() ?? {};
    if (blocks !== undefined && (at === undefined || !blocks.contains(at))) return false;
    return countries === undefined || (of !== undefined && countries.has(of));
  };
}

/** Whether a match leaves out an agent for another behaviour; undefined if it leaves out none. */
export function compileExcept(match: AgentMatch): ((agent: Agent) => boolean) | undefined {
  const excepted = exceptedBehaviours(match);
  if (excepted.length === 0) return undefined;
  const isOfBots = namesBots(match);
  return (agent) => {
    const bot = botOf(agent);
    // A claim must not free an agent of a rule about all clients.
    if (bot === undefined || (!isOfBots && agent.kind !== "verified")) return false;
    return includes(excepted, bot.behaviours);
  };
}

/** The behaviours that leave a bot out: a rule against training spares search engines. */
export function exceptedBehaviours(match: AgentMatch): readonly Behaviour[] {
  const { behaviour, exceptBehaviour } = match;
  if (exceptBehaviour !== undefined) return list(exceptBehaviour);
  const wanted = behaviour === undefined ? [] : list(behaviour);
  return wanted.length > 0 && wanted.every((each) => each === "Training") ? ["Search"] : [];
}

type Behaviour = Bot["behaviours"][number];

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

/**
 * Whether a match names bots, or claims but no anonymous clients, without a statement on evidence: then
 * it gives nothing to an unverified agent that a guard's later rules would not give.
 */
export function requiresProof({ agent }: RuleMatch): boolean {
  if (agent === undefined || agent.evidence !== undefined) return false;
  const isOfClaims = agent.verdict !== undefined && !list(agent.verdict).includes("anonymous");
  return isOfClaims || namesBots(agent);
}

function includes(wanted: string | readonly string[] | undefined, had: readonly string[]): boolean {
  return wanted === undefined || list(wanted).some((each) => had.includes(each));
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The bots that meet the conditions on bots, whatever proves them and wherever they come from. */
export function botsMatched(match: AgentMatch | undefined, bots: readonly Bot[]): readonly Bot[] {
  if (match === undefined) return bots;
  const { name, operator, category, behaviour, exceptBehaviour } = match;
  const matches = compileAgent({ name, operator, category, behaviour, exceptBehaviour });
  return bots.filter((bot) => {
    const agent: Agent = { kind: "verified", bot, evidence: "signature" };
    return matches({ method: "GET", host: "", path: "/", agent });
  });
}
