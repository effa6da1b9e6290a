import { botOf, type Agent } from "../agent/agent.ts";
import type { Matcher, MatchFacts } from "./match.ts";
import { firstOf, type RuleIndex } from "./rule-index.ts";
import type { RuleNumbers } from "./window-table.ts";

/** One reading of a request, with the rules that may match it and the last rule that matched. */
interface RuleLookup {
  readonly facts: MatchFacts;
  readonly found: readonly RuleNumbers[];
  rule: number;
  holds: boolean;
}

/** Features are queried one after the other about the same readings: their rules are remembered. */
export function rememberingLookups(
  index: RuleIndex,
  { method, host, query, client }: Omit<MatchFacts, "path" | "agent">,
) {
  let last: RuleLookup | undefined;
  const earlier: RuleLookup[] = [];
  return (path: string, agent: Agent): RuleLookup => {
    const isOfThis = ({ facts }: RuleLookup) => facts.path === path && facts.agent === agent;
    if (last !== undefined && isOfThis(last)) return last;
    const known = earlier.find(isOfThis);
    if (known !== undefined) return known;
    const found = index.find(path, host, botOf(agent)?.name);
    last = { facts: { method, host, path, query, agent, client }, found, rule: -1, holds: false };
    earlier.push(last);
    return last;
  };
}

/**
 * The settings of the matching rules after one that is not final, up to the first final one;
 * undefined stands for the end of the rules, after which the defaults follow.
 */
export function settingsAfter<Setting>(
  rule: number,
  lookup: RuleLookup,
  settings: readonly (Setting | undefined)[],
  matchers: readonly Matcher[],
  isFinal: (rule: number) => boolean,
): readonly (Setting | undefined)[] {
  const found: (Setting | undefined)[] = [];
  for (let after = rule; ;) {
    const next = firstRule(lookup, settings, matchers, after);
    if (next === undefined) return [...found, undefined];
    found.push(settings[next]);
    if (isFinal(next)) return found;
    after = next;
  }
}

/** The first rule after another one that mentions a feature and matches. */
export function firstRule(
  lookup: RuleLookup,
  settings: readonly unknown[],
  matchers: readonly Matcher[],
  after: number,
): number | undefined {
  return firstOf(lookup.found, (rule) => {
    if (rule <= after || settings[rule] === undefined) return false;
    if (lookup.rule !== rule) {
      lookup.rule = rule;
      lookup.holds = matchers[rule]?.(lookup.facts) === true;
    }
    return lookup.holds;
  });
}
