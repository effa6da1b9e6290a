/** `wayleave/rules`: reads rules files, and reports faults and warnings. */
export { loadRules, readRules, RulesError, type LoadedRules, type ReadRules } from "./load.ts";
export type { Fault, FaultCode, Warning, WarningCode } from "./fault.ts";
export type { Rule, RulesFile, RulesFileInput as RulesInput } from "./schema.ts";
export { settingOf, type FeatureSetting } from "./feature-settings.ts";
export { findWarnings } from "./warnings.ts";
