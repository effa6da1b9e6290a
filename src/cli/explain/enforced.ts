import { FEATURE_NAMES } from "../../features.ts";
import { settingOf, type RulesFile } from "../../rules/schema.ts";

/** The rules with everything enforced that they only observe: what would differ if they did. */
export function withEnforce(file: RulesFile): RulesFile {
  return {
    ...file,
    defaults: enforce(file.defaults),
    rules: file.rules.map((rule) => enforce(rule)),
  };
}

function enforce<Part extends object>(part: Part): Part {
  const changed: Record<string, unknown> = {};
  for (const feature of FEATURE_NAMES) {
    const setting = settingOf(part, feature);
    if (setting === "observe") changed[feature] = true;
    else if (typeof setting === "object" && setting.mode !== "off") {
      // A share of agents is observed, too.
      changed[feature] = { ...setting, mode: "enforce", percentage: 100 };
    }
  }
  return { ...part, ...changed };
}
