import { FEATURES, type FeatureName } from "../../pipeline/policy.ts";
import type { Rule, RulesFile } from "../../rules/schema.ts";

type Settings = Pick<Rule, FeatureName>;

/** The rules with everything enforced that they only observe: what would differ if they did. */
export function withEnforce(file: RulesFile): RulesFile {
  return {
    ...file,
    defaults: enforce(file.defaults),
    rules: file.rules.map((rule) => enforce(rule)),
  };
}

function enforce<Part extends Settings>(part: Part): Part {
  const changed: Record<string, unknown> = {};
  for (const feature of FEATURES) {
    const setting = part[feature];
    if (setting === "observe") changed[feature] = true;
    else if (typeof setting === "object" && setting.mode !== "off") {
      // A share of agents is observed, too.
      changed[feature] = { ...setting, mode: "enforce", percentage: 100 };
    }
  }
  return { ...part, ...changed };
}
