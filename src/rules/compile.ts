import * as v from "valibot";
import { asClaim, botOf, type Agent } from "../agent/agent.ts";
import type { FeatureDefinition, FeatureList } from "../feature/define.ts";
import { hasDotSegments } from "../http/dot-segments.ts";
import { isPlain } from "../http/canonical-path.ts";
import { readings, readPath } from "../http/path-readings.ts";
import type { EffectivePolicy, FeatureName, Mode } from "../pipeline/policy.ts";
import { compileMatch, type Matcher, type MatchFacts } from "./match.ts";
import { compileNaming } from "./naming.ts";
import { exactFolding } from "./path-folding.ts";
import { firstOf, RuleIndex } from "./rule-index.ts";
import { settingOf, type FeatureSetting } from "./feature-settings.ts";
import type { RulesFile } from "./schema.ts";
import { isInShare, type ClientFacts } from "./share.ts";
import { Strictness } from "./strictness.ts";
import { TOO_MANY, WaryRules } from "./wary-rules.ts";
import type { RuleNumbers } from "./window-table.ts";

/** The facts about a request that a decision on policy needs. */
export interface PolicyRequest {
  readonly method: string;
  readonly host: string;
  /** As received. */
  readonly path: string;
  /** With its "?", or empty. @default "" */
  readonly query?: string | undefined;
  readonly agent: Agent;
  /**
   * Paths of pages from which the response may be made; their rules only make policies stricter.
   */
  readonly behind?: readonly string[];
  /** For rules with a percentage. @default unknown: the rule acts for verified agents only */
  readonly client?: () => ClientFacts;
}

/** The rules, compiled for lookups. */
export interface CompiledRules {
  /** The features that rules can mention, in pipeline order. */
  readonly features: FeatureList;
  /** Whether a feature refuses requests or restricts them (a guard). */
  isGuard(feature: FeatureName): boolean;
  /**
   * The policies of one request. For each feature, the first rule that matches and mentions it
   * decides; then `defaults`; then the built-in default, which is off.
   */
  forRequest(request: PolicyRequest): (feature: FeatureName) => EffectivePolicy;
  /** Whether a rule by which a guard refuses a request names its path literally, without a group. */
  isNamed(feature: FeatureName, request: PolicyRequest): boolean;
}

/** Compiles a valid rules file. */
export function compileRules(file: RulesFile, features: FeatureList): CompiledRules {
  const strictness = new Strictness(features);
  const isGuard = (feature: FeatureName): boolean => strictness.isGuard(feature);
  const table = new Map(features.map((feature) => [feature.key, compileFeature(file, feature)]));
  const tableOf = (feature: FeatureName): FeatureTable => table.get(feature) ?? UNKNOWN;
  const { formOf, patterns } = exactFolding(file.paths);
  const matches = file.rules.map(({ match }) => match);
  const matchers = matches.map((match) => compileMatch(match, patterns));
  const index = new RuleIndex(matches, patterns);
  const couldRefuse = (feature: FeatureName, rule: number): boolean =>
    strictness.couldRefuse(feature, inForce(tableOf(feature).settings[rule]));
  const waryOf = compileWaries(file, strictness, tableOf, matchers, formOf);

  const isSameForAll = [...table.values()].every(isSameForEveryRequest);
  const fallbackOf = (feature: FeatureName): EffectivePolicy => tableOf(feature).fallback.effective;

  return {
    features,
    isGuard,
    isNamed: compileNaming(matches, { index, matchers, formOf, patterns }, couldRefuse),
    forRequest(request) {
      if (isSameForAll && isPlain(request.path)) return fallbackOf;
      const { agent } = request;
      const read = readPath(request.path, file.paths);
      // A response that the cache stores under the resolved path must not come from another page.
      const isUnsure = !read.isComplete || isForwardedUnresolved(file.paths, request.path);
      const behind = request.behind ?? [];
      // An invalid signature must not evade a rule about the bot that the User-Agent names.
      const claim = agent.kind === "invalid" ? asClaim(agent) : agent;
      const lookUp = rememberingLookups(index, request);
      return (feature) => {
        const { settings, fallback, isMentioned } = tableOf(feature);
        if (isUnsure && !isGuard(feature)) return tableOf(feature).unsure;
        if (!isMentioned) return policyFor(fallback, request);
        const who = isGuard(feature) ? claim : agent;
        const standard = policyFor(fallback, request);
        const decide = (path: string): EffectivePolicy | undefined => {
          const rule = firstRule(lookUp(formOf(path), who), settings, matchers);
          const setting = rule === undefined ? undefined : settings[rule];
          return setting && policyFor(setting, request);
        };
        const wary = waryOf.get(feature);
        if (wary !== undefined) {
          const policyOf = (rule: number | undefined): EffectivePolicy =>
            rule === undefined ? standard : policyFor(settings[rule] ?? fallback, request);
          const candidates = wary.find({ ...request, agent: who }, [request.path, ...behind]);
          const [only, another] = candidates;
          // A path with one reading has one candidate: the rule that matches exactly.
          if (another === undefined && read.isPlain) return policyOf(only?.rule);
          const exact = decide(read.paths[0]) ?? standard;
          const found: EffectivePolicy[] = [];
          for (const { rule, reading } of candidates) found.push({ ...policyOf(rule), reading });
          return strictness.strictestOf(feature, exact, found);
        }
        const first = decide(read.paths[0]) ?? standard;
        if (read.paths.length === 1 && behind.length === 0) return first;
        // A path with several readings gets the strictest policy of all of them.
        const others = read.paths.slice(1).map((path) => decide(path) ?? standard);
        const pages = behind.flatMap(readings).map((path) => decide(path));
        const all = [...others, ...pages].filter((each) => each !== undefined);
        return strictness.strictestOf(feature, first, all);
      };
    },
  };
}

/** Whether the origin server receives this path with its dot segments unresolved. */
function isForwardedUnresolved({ dotSegments }: RulesFile["paths"], path: string): boolean {
  return dotSegments === "as-received" && hasDotSegments(path);
}

/** The rules of each guard that a rule or the defaults let refuse something. */
function compileWaries(
  file: RulesFile,
  strictness: Strictness,
  tableOf: (feature: FeatureName) => FeatureTable,
  matchers: readonly Matcher[],
  formOf: (reading: string) => string,
): ReadonlyMap<FeatureName, WaryRules | undefined> {
  return new Map(
    strictness.guards.map((feature) => {
      const { settings, fallback } = tableOf(feature);
      const isRefusing = [...settings, fallback].some((setting) => {
        const policy = inForce(setting);
        return policy !== undefined && strictness.refuses(feature, policy);
      });
      if (!isRefusing) return [feature, undefined];
      const mentioning = file.rules.flatMap(({ match }, number) =>
        settings[number] === undefined ? [] : [{ number, match }],
      );
      return [feature, new WaryRules(mentioning, matchers, file.paths, formOf)];
    }),
  );
}

/** One reading of a request, with the rules that may match it and the last rule that matched. */
interface RuleLookup {
  readonly facts: MatchFacts;
  readonly found: readonly RuleNumbers[];
  rule: number;
  holds: boolean;
}

/** Features are queried one after the other about the same readings: their rules are remembered. */
function rememberingLookups(index: RuleIndex, { method, host, query }: PolicyRequest) {
  let last: RuleLookup | undefined;
  const earlier: RuleLookup[] = [];
  return (path: string, agent: Agent): RuleLookup => {
    const isOfThis = ({ facts }: RuleLookup) => facts.path === path && facts.agent === agent;
    if (last !== undefined && isOfThis(last)) return last;
    const known = earlier.find(isOfThis);
    if (known !== undefined) return known;
    const found = index.find(path, host, botOf(agent)?.name);
    last = { facts: { method, host, path, query, agent }, found, rule: -1, holds: false };
    earlier.push(last);
    return last;
  };
}

/** The first rule that mentions a feature and matches. */
function firstRule(
  lookup: RuleLookup,
  settings: readonly unknown[],
  matchers: readonly Matcher[],
): number | undefined {
  return firstOf(lookup.found, (rule) => {
    if (settings[rule] === undefined) return false;
    if (lookup.rule !== rule) {
      lookup.rule = rule;
      lookup.holds = matchers[rule]?.(lookup.facts) === true;
    }
    return lookup.holds;
  });
}

/** The setting of one feature in one rule, or in the defaults. */
interface Setting {
  readonly effective: EffectivePolicy;
  /** For a rule with a percentage: the policy for agents inside the share, and outside. */
  readonly split?: {
    readonly percentage: number;
    readonly inside: EffectivePolicy;
    readonly outside: EffectivePolicy;
  };
}

/** The policy of a setting, for a rule with a percentage that inside the share. */
function inForce(setting: Setting | undefined): EffectivePolicy | undefined {
  return setting?.split?.inside ?? setting?.effective;
}

interface FeatureTable {
  /** By rule number; undefined if the rule does not mention the feature. */
  readonly settings: readonly (Setting | undefined)[];
  /** Whether any rule mentions the feature; if not, no rule is looked up. */
  readonly isMentioned: boolean;
  readonly fallback: Setting;
  /** The policy for requests whose page is ambiguous. */
  readonly unsure: EffectivePolicy;
}

/** Without rules, the defaults decide alike for every path that has only one reading. */
function isSameForEveryRequest({ isMentioned, fallback }: FeatureTable): boolean {
  return !isMentioned && fallback.split === undefined;
}

/** The policy of a feature that is not in the list. */
const OFF: EffectivePolicy = { mode: "off", policy: {}, rule: "built-in" };
const UNKNOWN: FeatureTable = {
  settings: [],
  isMentioned: false,
  fallback: { effective: OFF },
  unsure: OFF,
};

function policyFor({ effective, split }: Setting, { agent, client }: PolicyRequest) {
  if (split === undefined) return effective;
  const { percentage, inside, outside } = split;
  return isInShare(percentage, effective.rule, agent, client) ? inside : outside;
}

function compileFeature(file: RulesFile, feature: FeatureDefinition): FeatureTable {
  const { key } = feature;
  const standard = settingOf(file.defaults, key);
  const settings = file.rules.map((rule) => {
    const value = settingOf(rule, key);
    return value === undefined ? undefined : compileSetting(feature, value, rule.name);
  });
  const builtIn = compileSetting(feature, false, "built-in");
  return {
    settings,
    isMentioned: settings.some((setting) => setting !== undefined),
    fallback: standard === undefined ? builtIn : compileSetting(feature, standard, "defaults"),
    unsure: { ...builtIn.effective, reading: TOO_MANY },
  };
}

function compileSetting(
  { options }: FeatureDefinition,
  value: FeatureSetting,
  rule: string,
): Setting {
  if (typeof value !== "object") {
    const mode: Mode = value === "observe" ? "observe" : value ? "enforce" : "off";
    return { effective: { mode, policy: v.parse(options, { mode }), rule } };
  }
  const { mode, percentage } = value;
  const effective: EffectivePolicy = { mode, policy: value, rule };
  if (mode !== "enforce" || percentage === 100) return { effective };
  const share = (isIn: boolean) => ({ share: { percentage, isIn } });
  const watched = { ...value, mode: "observe" };
  const outside: EffectivePolicy = { mode: "observe", policy: watched, rule, ...share(false) };
  return { effective, split: { percentage, inside: { ...effective, ...share(true) }, outside } };
}
