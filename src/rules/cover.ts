import { EVIDENCE, type RequiredEvidence } from "../agent/agent.ts";
import { compilePathPattern } from "../http/path-pattern.ts";
import type { AgentMatch, RuleMatch } from "./schema.ts";

/**
 * Whether all that `inner` matches is matched by `outer` too. Says yes only where that is plain to
 * see; a no may be wrong.
 */
export function covers(outer: RuleMatch, inner: RuleMatch): boolean {
  return (
    coversList(outer.host, inner.host, (a, b) => a.toLowerCase() === b.toLowerCase()) &&
    coversList(outer.path, inner.path, coversPath) &&
    coversList(outer.method, inner.method, Object.is) &&
    coversAgent(outer.agent, inner.agent)
  );
}

type OneOrMore = string | readonly string[] | undefined;

function coversList(
  outer: OneOrMore,
  inner: OneOrMore,
  coversOne: (outer: string, inner: string) => boolean,
): boolean {
  if (outer === undefined) return true;
  if (inner === undefined) return [outer].flat().includes("/*");
  return [inner].flat().every((b) => [outer].flat().some((a) => coversOne(a, b)));
}

function coversPath(outer: string, inner: string): boolean {
  if (outer === inner) return true;
  const prefix = /^([^*:\\]*)\*$/.exec(outer)?.[1];
  if (prefix !== undefined) return inner.startsWith(prefix);
  const compiled = compilePathPattern(outer);
  return isLiteral(inner) && "pattern" in compiled && compiled.pattern.test(inner);
}

function isLiteral(pattern: string): boolean {
  return !/[*:\\]/.test(pattern);
}

function coversAgent(outer: AgentMatch | undefined, inner: AgentMatch | undefined): boolean {
  if (outer === undefined) return true;
  if (inner === undefined) return Object.keys(outer).length === 0;
  return (
    coversList(outer.name, inner.name, Object.is) &&
    coversList(outer.operator, inner.operator, Object.is) &&
    coversList(outer.category, inner.category, Object.is) &&
    coversList(outer.behaviour, inner.behaviour, Object.is) &&
    (outer.evidence === undefined ||
      (inner.evidence !== undefined && level(outer.evidence) <= level(inner.evidence)))
  );
}

function level(evidence: RequiredEvidence): number {
  return EVIDENCE.indexOf(evidence === "verified" ? "ip-range" : evidence);
}

/** Whether no path can match both patterns, as far as their literal beginnings tell. */
export function areDisjoint(a: string, b: string): boolean {
  const [one, other] = [literalStart(a), literalStart(b)];
  if (isLiteral(a) && isLiteral(b)) return a !== b;
  return !one.startsWith(other) && !other.startsWith(one);
}

function literalStart(pattern: string): string {
  return /^[^*:\\]*/.exec(pattern)?.[0] ?? "";
}
