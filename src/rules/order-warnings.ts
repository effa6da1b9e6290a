import type { FeatureName } from "../pipeline/policy.ts";
import { covers, extentOf } from "./cover.ts";
import { quote, type PathStep } from "./fault.ts";
import { botNamesOf, hostsOf, pathsOf } from "./match.ts";
import { firstOf, RuleIndex } from "./rule-index.ts";
import { placeOf, settingOf } from "./feature-settings.ts";
import type { Rule } from "./schema.ts";
import type { ValidRules, Warn } from "./warn.ts";
import type { RuleNumbers } from "./window-table.ts";

/**
 * Warns of rules that decide nothing: for each feature the first rule that matches and mentions it
 * decides, so what an earlier one covers never comes to its turn.
 */
export function orderWarner({ rules: { rules }, features, places }: ValidRules, warn: Warn) {
  const extents = rules.map(({ match }) => extentOf(match));
  const index = new RuleIndex(rules.map(({ match }) => match));

  /** The rule that takes a feature from a later one. */
  const coverer = (feature: FeatureName, later: number): number | undefined =>
    firstOf(candidates(index, rules[later] as Rule), (earlier) => {
      const [outer, inner] = [extents[earlier], extents[later]];
      if (earlier >= later || settingOf(rules[earlier] ?? {}, feature) === undefined) return false;
      return outer !== undefined && inner !== undefined && covers(outer, inner);
    });

  return (rule: Rule, number: number, path: readonly PathStep[]): void => {
    const mentioned = features.filter(({ key }) => settingOf(rule, key) !== undefined);
    if (mentioned.length === 0) {
      const message = `rule ${quote(rule.name)} mentions no feature, so it decides nothing`;
      warn(path, "no-effect", message);
      return;
    }
    const shadowed = mentioned.flatMap((feature) => {
      const by = coverer(feature.key, number);
      return by === undefined ? [] : [{ feature, by: quote(rules[by]?.name) }];
    });
    const [first] = shadowed;
    if (first !== undefined && shadowed.length === mentioned.length) {
      const why = `${first.by} comes before and matches all that it matches`;
      warn(path, "never-decides", `rule ${quote(rule.name)} never decides: ${why}`);
      return;
    }
    for (const { feature, by } of shadowed) {
      const message = `never decides ${feature.key}: rule ${by} comes before and matches the same`;
      warn(placeOf(feature, path, places), "never-decides", message);
    }
  };
}

/**
 * Rules that may cover another: what a rule is filed under is in all that it matches, so it is in the
 * text of a match that it covers.
 */
function candidates(index: RuleIndex, { match }: Rule): RuleNumbers[] {
  const texts = pathsOf(match)?.[0]?.literals ?? [""];
  const [host = ""] = hostsOf(match) ?? [];
  const [name] = botNamesOf(match) ?? [];
  return [...new Set(texts.flatMap((text) => index.find(text, host, name)))];
}
