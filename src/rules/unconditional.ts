import * as v from "valibot";
import type { FeatureDefinition, FeatureList } from "../feature/define.ts";
import type { FeatureName, UnconditionalSetting } from "../pipeline/policy.ts";
import { settingOf, type FeatureSetting } from "./feature-settings.ts";
import { compileMatch } from "./match.ts";
import type { RulesFile } from "./schema.ts";

/** Compiles the list of settings that apply to every client's GET request, for features that describe them. */
export function compileUnconditional(
  { rules, defaults }: RulesFile,
  features: FeatureList,
): (feature: FeatureName, host: string) => readonly UnconditionalSetting[] {
  return (key, host) => {
    const feature = features.find((each) => each.key === key);
    if (feature === undefined) return [];
    const list = rules.flatMap(({ match, ...rule }): readonly UnconditionalSetting[] => {
      const setting = settingOf(rule, key);
      const { agent, query, path, ...others } = match;
      if (setting === undefined || agent !== undefined || query !== undefined) return [];
      const facts = { method: "GET", host, path: "/", query: "", agent: { kind: "anonymous" } };
      if (!compileMatch(others)(facts as Parameters<ReturnType<typeof compileMatch>>[0])) return [];
      return [
        { ...inForce(feature, setting), paths: path === undefined ? undefined : [path].flat() },
      ];
    });
    const standard = settingOf(defaults, key);
    if (standard === undefined) return list;
    return [...list, { ...inForce(feature, standard), paths: undefined }];
  };
}

function inForce({ options }: FeatureDefinition, setting: FeatureSetting) {
  if (typeof setting === "object") {
    const mode = setting.percentage < 100 && setting.mode === "enforce" ? "observe" : setting.mode;
    return { mode, policy: setting };
  }
  const mode = setting === "observe" ? "observe" : setting ? "enforce" : "off";
  return { mode, policy: v.parse(options, { mode }) } as const;
}
