import * as v from "valibot";
import { asClaim, type Agent } from "../agent/agent.ts";
import { readings } from "../http/target.ts";
import { FEATURES, type EffectivePolicy, type FeatureName, type Mode } from "../pipeline/policy.ts";
import { accessStrictness, type AccessPolicy } from "../stages/access/policy.ts";
import { compileMatch, type Matcher, type RequestFacts } from "./match.ts";
import { featureOptions, type RulesFile } from "./schema.ts";

/** What a decision on policy needs to know of a request. */
export interface PolicyRequest {
  readonly method: string;
  readonly host: string;
  /** As received. */
  readonly path: string;
  readonly agent: Agent;
  /** Paths of pages that the answer may be made of: a rule that matches one can only be stricter. */
  readonly behind?: readonly string[];
}

/** The rules, ready to be asked. */
export interface CompiledRules {
  /**
   * The policies of one request. For each feature, the first rule that matches and mentions it
   * decides; then `defaults`; then the built-in default, which is off.
   */
  forRequest(request: PolicyRequest): (feature: FeatureName) => EffectivePolicy;
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
    forRequest(request) {
      const [first = request.path, ...others] = readings(request.path);
      const read: RequestFacts = { ...request, path: first };
      const behind = (request.behind ?? []).flatMap(readings);
      return (feature) => {
        const { entries, fallback } = table[feature];
        // A broken signature must not lead past a rule about whom the agent says it is.
        const facts = feature === "access" ? { ...read, agent: asClaim(read.agent) } : read;
        let strictest = firstMatch(entries, facts) ?? fallback;
        // A path that can be read in several ways gets the least that any of them allows.
        for (const path of others) {
          const found = firstMatch(entries, { ...facts, path }) ?? fallback;
          if (rank(feature, found) < rank(feature, strictest)) strictest = found;
        }
        for (const path of behind) {
          const found = firstMatch(entries, { ...facts, path });
          if (found !== undefined && rank(feature, found) < rank(feature, strictest))
            strictest = found;
        }
        return strictest;
      };
    },
  };
}

function firstMatch(entries: readonly Entry[], facts: RequestFacts): EffectivePolicy | undefined {
  for (const { matches, effective } of entries) if (matches(facts)) return effective;
  return undefined;
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

/** Least for what gives a request least: of access the strictest action, of a feature the least of it. */
function rank(feature: FeatureName, { mode, policy }: EffectivePolicy): number {
  if (feature !== "access") return RANK[mode];
  return mode === "enforce" ? -accessStrictness(policy as AccessPolicy) : 0;
}
