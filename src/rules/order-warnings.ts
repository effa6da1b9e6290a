import type { FeatureName } from "../pipeline/policy.ts";
import { covers, extentOf } from "./cover.ts";
import { quote, type PathStep } from "./fault.ts";
import { botNamesOf, hostsOf, pathsOf } from "./match.ts";
import { firstOf, RuleIndex } from "./rule-index.ts";
import { placeOf, settingOf } from "./feature-settings.ts";
import type { Rule } from "./schema.ts";
import type { ValidRules, Warn } from "./warn.ts";
import type { RuleNumbers } from "./window-table.ts";

/** Warns of rules that decide nothing, because earlier rules match all the same requests. */
export function orderWarner({ rules: { rules }, features, places }: ValidRules, warn: Warn) {
  const extents = rules.map(({ match }) => extentOf(match));
  const index = new RuleIndex(rules.map(({ match }) => match));

  /** The earlier rule that decides a feature for all requests of a later rule. */
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
      const why = `${first.by} comes before and matches all the same requests`;
      warn(path, "never-decides", `rule ${quote(rule.name)} never decides: ${why}`);
      return;
    }
    for (const { feature, by } of shadowed) {
      const message = `never decides ${feature.key}: rule ${by} comes before and matches all the same requests`;
      warn(placeOf(feature, path, places), "never-decides", message);
    }
  };
}

/** Rules that may cover another: the text of a covered match contains the rule's anchor. */
function candidates(index: RuleIndex, { match }: Rule): RuleNumbers[] {
  const texts = pathsOf(match)?.[0]?.literals ?? [""];
  const [host = ""] = hostsOf(match) ?? [];
  const [name] = botNamesOf(match) ?? [];
  return [...new Set(texts.flatMap((text) => index.find(text, host, name)))];
}
