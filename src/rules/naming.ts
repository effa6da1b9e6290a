import { botOf, guisesOf } from "../agent/agent.ts";
import type { FeatureName } from "../pipeline/policy.ts";
import { pathsOf, type FoldPattern, type Matcher, type MatchFacts } from "./match.ts";
import { firstOf, type RuleIndex } from "./rule-index.ts";
import type { RuleMatch } from "./schema.ts";

/** The rules by number, for their canonical paths. */
interface ExactRules {
  readonly index: RuleIndex;
  readonly matchers: readonly Matcher[];
  readonly formOf: (reading: string) => string;
  readonly patterns: FoldPattern;
}

/** Whether a rule that may refuse a request names its path literally, without a group. */
type IsNamed = (feature: FeatureName, request: MatchFacts) => boolean;

/**
 * Compiles the test for the names of paths in rules.
 *
 * @param couldRefuse whether a guard refuses requests by a rule, or would if it were enforced
 */
export function compileNaming(
  matches: readonly RuleMatch[],
  { index, matchers, formOf, patterns }: ExactRules,
  couldRefuse: (feature: FeatureName, rule: number) => boolean,
): IsNamed {
  return (feature, { method, host, path, query, agent, client }) => {
    return guisesOf(agent).some((who) => {
      const facts: MatchFacts = { method, host, path: formOf(path), query, agent: who, client };
      const found = index.find(facts.path, host, botOf(who)?.name);
      const naming = firstOf(found, (rule) => {
        if (!couldRefuse(feature, rule) || matchers[rule]?.(facts) !== true) return false;
        const named = pathsOf(matches[rule] ?? {}, patterns) ?? [];
        return named.some((each) => each.groups.length === 0 && each.test(facts.path));
      });
      return naming !== undefined;
    });
  };
}
