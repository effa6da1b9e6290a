import * as v from "valibot";
import type { Agent } from "../agent/agent.ts";
import { readings } from "../http/target.ts";
import { FEATURES, type EffectivePolicy, type FeatureName, type Mode } from "../pipeline/policy.ts";
import { compileMatch, type Matcher, type RequestFacts } from "./match.ts";
import { featureOptions, type RulesFile } from "./schema.ts";

/** What a decision on policy needs to know of a request. */
export interface PolicyRequest {
  readonly method: string;
  readonly host: string;
  /** As received. */
  readonly path: string;
  readonly agent: Agent;
}

/** The rules, ready to be asked. */
export interface CompiledRules {
  /**
   * For each feature, the first rule that matches and mentions it decides; then `defaults`; then
   * the built-in default, which is off.
   */
  effective(feature: FeatureName, request: PolicyRequest): EffectivePolicy;
}

interface Entry {
  readonly matches: Matcher;
  readonly effective: EffectivePolicy;
}

/** Compiles a valid rules file. */
export function compileRules(file: RulesFile): CompiledRules {
  const table = Object.fromEntries(
    FEATURES.map((feature) => [feature, compileFeature(file, feature)]),
  ) as Record<FeatureName, FeatureTable>;
  return {
    effective(feature, request) {
      const { entries, fallback } = table[feature];
      if (entries.length === 0) return fallback;
      const paths = readings(request.path);
      let strictest: EffectivePolicy | undefined;
      for (const path of paths) {
        const facts: RequestFacts = { ...request, path };
        const found = entries.find(({ matches }) => matches(facts))?.effective ?? fallback;
        // A path that can be read in several ways gets the least that any of them allows.
        if (strictest === undefined || rank(found) < rank(strictest)) strictest = found;
      }
      return strictest ?? fallback;
    },
  };
}

interface FeatureTable {
  readonly entries: readonly Entry[];
  readonly fallback: EffectivePolicy;
}

function compileFeature(file: RulesFile, feature: FeatureName): FeatureTable {
  const entries: Entry[] = [];
  for (const rule of file.rules) {
    const setting = rule[feature];
    if (setting === undefined) continue;
    entries.push({
      matches: compileMatch(rule.match),
      effective: toEffective(feature, setting, rule.name),
    });
  }
  const standard = file.defaults[feature];
  return {
    entries,
    fallback:
      standard === undefined
        ? toEffective(feature, false, "built-in")
        : toEffective(feature, standard, "defaults"),
  };
}

function toEffective(
  feature: FeatureName,
  setting: boolean | "observe" | { readonly mode: Mode },
  rule: string,
): EffectivePolicy {
  if (typeof setting === "object") return { mode: setting.mode, policy: setting, rule };
  const mode: Mode = setting === "observe" ? "observe" : setting ? "enforce" : "off";
  return { mode, policy: v.parse(featureOptions[feature], { mode }), rule };
}

const RANK = { off: 0, observe: 1, enforce: 2 } as const;

function rank({ mode }: EffectivePolicy): number {
  return RANK[mode];
}
