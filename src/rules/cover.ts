import { levelOf } from "../agent/agent.ts";
import { compilePathPattern, isLiteral } from "../http/path-pattern.ts";
import { exceptedBehaviours, hostsOf, namesBots } from "./match.ts";
import type { RuleMatch } from "./schema.ts";

/** The requests that a rule matches, prepared for comparison with many other rules. */
interface Extent {
  readonly hosts: readonly string[] | undefined;
  readonly paths: readonly PathExtent[] | undefined;
  /** Methods, then name, operator, category and behaviour of the agent, verdict, country, address. */
  readonly words: readonly (readonly string[] | undefined)[];
  /** Behaviours that leave an agent out. */
  readonly excepted: readonly string[];
  /** Whether it names bots. */
  readonly isOfBots: boolean;
  readonly evidence: number;
  /** The condition on the query as text; undefined if there is none. */
  readonly query: string | undefined;
}

interface PathExtent {
  readonly pattern: string;
  readonly isLiteral: boolean;
  /** The literal prefix, if the pattern is a prefix followed by "*". */
  readonly prefix: string | undefined;
  readonly test: (path: string) => boolean;
}

/** Prepares a match for comparison. */
export function extentOf(match: RuleMatch): Extent {
  const { path, method, agent } = match;
  const { name, operator, category, behaviour, evidence } = agent ?? {};
  const { verdict, country, address } = agent ?? {};
  return {
    hosts: hostsOf(match),
    paths: list(path)?.map(pathExtent),
    words: [method, name, operator, category, behaviour, verdict, country, address].map(list),
    excepted: exceptedBehaviours(agent ?? {}),
    isOfBots: namesBots(agent ?? {}),
    evidence: evidence === undefined ? -1 : levelOf(evidence),
    query: match.query === undefined ? undefined : JSON.stringify(match.query),
  };
}

/** Whether `outer` matches all requests that `inner` matches. A yes is certain, a no is not. */
export function covers(outer: Extent, inner: Extent): boolean {
  return (
    outer.evidence <= inner.evidence &&
    (outer.query === undefined || outer.query === inner.query) &&
    // Claims are left out only by rules that name bots.
    (outer.excepted.length === 0 || outer.isOfBots === inner.isOfBots) &&
    outer.excepted.every((each) => inner.excepted.includes(each)) &&
    coversPaths(outer.paths, inner.paths) &&
    coversWords(outer.hosts, inner.hosts) &&
    outer.words.every((words, i) => coversWords(words, inner.words[i]))
  );
}

function coversWords(
  outer: readonly string[] | undefined,
  inner: readonly string[] | undefined,
): boolean {
  return outer === undefined || (inner?.every((word) => outer.includes(word)) ?? false);
}

function coversPaths(
  outer: readonly PathExtent[] | undefined,
  inner: readonly PathExtent[] | undefined,
): boolean {
  if (outer === undefined) return true;
  if (inner === undefined) return outer.some(({ prefix }) => prefix === "/");
  return inner.every((each) => outer.some((pattern) => coversPath(pattern, each)));
}

function coversPath(outer: PathExtent, inner: PathExtent): boolean {
  if (outer.prefix !== undefined) return inner.pattern.startsWith(outer.prefix);
  return outer.pattern === inner.pattern || (inner.isLiteral && outer.test(inner.pattern));
}

function pathExtent(pattern: string): PathExtent {
  const compiled = compilePathPattern(pattern);
  return {
    pattern,
    isLiteral: isLiteral(pattern),
    prefix: /^([^*:\\]*)\*$/.exec(pattern)?.[1],
    test: (path) => "pattern" in compiled && compiled.pattern.test(path),
  };
}

function list(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === "string" ? [value] : value;
}
