import * as v from "valibot";
import { asClaim, botOf, type Agent } from "../agent/agent.ts";
import { readings } from "../http/target.ts";
import { FEATURES, type EffectivePolicy, type FeatureName, type Mode } from "../pipeline/policy.ts";
import { accessStrictness, type AccessPolicy } from "../stages/access/policy.ts";
import { compileMatch, type RequestFacts } from "./match.ts";
import { firstOf, RuleIndex } from "./rule-index.ts";
import { featureOptions, type RulesFile } from "./schema.ts";
import { isInShare, type ClientFacts } from "./share.ts";
import type { Bucket } from "./window-table.ts";

/** What a decision on policy needs to know of a request. */
export interface PolicyRequest {
  readonly method: string;
  readonly host: string;
  /** As received. */
  readonly path: string;
  readonly agent: Agent;
  /** Paths of pages that the answer may be made of: a rule that matches one can only be stricter. */
  readonly behind?: readonly string[];
  /**
   * Read only where a rule acts for a percentage of agents.
   * @default nothing is known, so the rule acts for verified agents only
   */
  readonly client?: () => ClientFacts;
}

/** The rules, ready to be asked. */
export interface CompiledRules {
  /**
   * The policies of one request. For each feature, the first rule that matches and mentions it
   * decides; then `defaults`; then the built-in default, which is off.
   */
  forRequest(request: PolicyRequest): (feature: FeatureName) => EffectivePolicy;
}

/** Compiles a valid rules file. */
export function compileRules(file: RulesFile): CompiledRules {
  const table = Object.fromEntries(
    FEATURES.map((feature) => [feature, compileFeature(file, feature)]),
  ) as Record<FeatureName, FeatureTable>;
  const matchers = file.rules.map(({ match }) => compileMatch(match));
  const index = new RuleIndex(file.rules.map(({ match }) => match));

  return {
    forRequest(request) {
      const { agent, host } = request;
      const [first = request.path, ...others] = readings(request.path);
      const behind = (request.behind ?? []).flatMap(readings);
      const byHost = index.byHost(host);
      const byPath = new Map<string, readonly Bucket[]>();
      const candidates = (path: string): readonly Bucket[] => {
        let found = byPath.get(path);
        if (found === undefined) byPath.set(path, (found = [...index.byPath(path), ...byHost]));
        return found;
      };
      // Features come one after the other and mostly ask for the same rule.
      let last: { rule: number; facts: RequestFacts; holds: boolean } | undefined;
      const holds = (rule: number, facts: RequestFacts): boolean => {
        if (
          last?.rule === rule &&
          last.facts.path === facts.path &&
          last.facts.agent === facts.agent
        )
          return last.holds;
        last = { rule, facts, holds: matchers[rule]?.(facts) === true };
        return last.holds;
      };
      return (feature) => {
        const { settings, fallback } = table[feature];
        // A broken signature must not lead past a rule about whom the agent says it is.
        const who = feature === "access" ? asClaim(agent) : agent;
        const byName = index.byName(botOf(who)?.name);
        const decide = (path: string): EffectivePolicy | undefined => {
          const facts: RequestFacts = { method: request.method, host, path, agent: who };
          const decides = (rule: number): boolean =>
            settings[rule] !== undefined && holds(rule, facts);
          const found = candidates(path);
          const rule = firstOf(byName.length === 0 ? found : [...found, ...byName], decides);
          const setting = rule === undefined ? undefined : settings[rule];
          return setting && policyFor(setting, request);
        };
        const standard = policyFor(fallback, request);
        let strictest = decide(first) ?? standard;
        const consider = (found: EffectivePolicy | undefined): void => {
          if (found === undefined || rank(feature, found) >= rank(feature, strictest)) return;
          strictest = found;
        };
        // A path that can be read in several ways gets the least that any of them allows.
        for (const path of others) consider(decide(path) ?? standard);
        for (const path of behind) consider(decide(path));
        return strictest;
      };
    },
  };
}

/** What one rule, or the defaults, say of a feature. */
interface Setting {
  readonly effective: EffectivePolicy;
  /** Where the rule acts for some agents: what applies to those, and to the others. */
  readonly split?: {
    readonly percentage: number;
    readonly inside: EffectivePolicy;
    readonly outside: EffectivePolicy;
  };
}

interface FeatureTable {
  /** By the number of the rule; undefined where it does not mention the feature. */
  readonly settings: readonly (Setting | undefined)[];
  readonly fallback: Setting;
}

function policyFor({ effective, split }: Setting, { agent, client }: PolicyRequest) {
  if (split === undefined) return effective;
  const { percentage, inside, outside } = split;
  return isInShare(percentage, effective.rule, agent, client) ? inside : outside;
}

function compileFeature(file: RulesFile, feature: FeatureName): FeatureTable {
  const standard = file.defaults[feature];
  return {
    settings: file.rules.map((rule) => {
      const value = rule[feature];
      return value === undefined ? undefined : compileSetting(feature, value, rule.name);
    }),
    fallback:
      standard === undefined
        ? compileSetting(feature, false, "built-in")
        : compileSetting(feature, standard, "defaults"),
  };
}

type Options = { readonly mode: Mode; readonly percentage: number };

function compileSetting(
  feature: FeatureName,
  value: boolean | "observe" | Options,
  rule: string,
): Setting {
  if (typeof value !== "object") {
    const mode: Mode = value === "observe" ? "observe" : value ? "enforce" : "off";
    return { effective: { mode, policy: v.parse(featureOptions[feature], { mode }), rule } };
  }
  const { mode, percentage } = value;
  const effective: EffectivePolicy = { mode, policy: value, rule };
  if (mode !== "enforce" || percentage === 100) return { effective };
  const share = (isIn: boolean) => ({ share: { percentage, isIn } });
  const watched: Options = { ...value, mode: "observe" };
  const outside: EffectivePolicy = { mode: "observe", policy: watched, rule, ...share(false) };
  return { effective, split: { percentage, inside: { ...effective, ...share(true) }, outside } };
}

const RANK = { off: 0, observe: 1, enforce: 2 } as const;

/** Least for what gives a request least: of access the strictest action, of a feature the least of it. */
function rank(feature: FeatureName, { mode, policy }: EffectivePolicy): number {
  if (feature !== "access") return RANK[mode];
  return mode === "enforce" ? -accessStrictness(policy as AccessPolicy) : 0;
}
