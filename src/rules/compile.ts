import * as v from "valibot";
import type { FeatureDefinition, FeatureList } from "../feature/define.ts";
import { isPlain } from "../http/canonical-path.ts";
import type { Canary, EffectivePolicy, FeatureName, Mode } from "../pipeline/policy.ts";
import {
  decideFor,
  type DecidingParts,
  type FeatureTable,
  type PolicyRequest,
  type Setting,
} from "./decide.ts";
import { compileMatch, requiresProof, type Matcher } from "./match.ts";
import { compileNaming } from "./naming.ts";
import { exactFolding } from "./path-folding.ts";
import { RuleIndex } from "./rule-index.ts";
import type { Canaries, CanaryKey } from "../pipeline/canary/canaries.ts";
import { settingOf, type FeatureSetting } from "./feature-settings.ts";
import type { RulesFile } from "./schema.ts";
import { Strictness } from "./strictness.ts";
import { TOO_MANY, WaryRules } from "./wary-rules.ts";

/** The rules, compiled for lookups. */
export interface CompiledRules {
  /** The features that rules can mention, in pipeline order. */
  readonly features: FeatureList;
  /** The settings with a `canary` that act for a share of agents. */
  readonly canaryKeys: readonly CanaryKey[];
  /** Whether a rule or the defaults switch a feature on, or let it observe. */
  readonly isEverOn: (feature: FeatureName) => boolean;
  /** Whether a feature refuses requests or restricts them (a guard). */
  isGuard(feature: FeatureName): boolean;
  /**
   * The policies of one request. For each feature, the first rule that matches and mentions it
   * decides; then `defaults`; then the built-in default, which is off. A guard's rule that names bots
   * without `evidence` gives an unverified agent nothing: the strictest of it and the next ones counts.
   */
  forRequest(request: PolicyRequest): (feature: FeatureName) => EffectivePolicy;
  /** Whether a rule by which a guard refuses a request names its path literally, without a group. */
  isNamed(feature: FeatureName, request: PolicyRequest): boolean;
}

/** The rules that canaries have stopped. */
export type CanaryStops = Pick<Canaries, "isStopped">;

/**
 * Compiles a valid rules file.
 *
 * @param canaries @default no rule is stopped
 */
export function compileRules(
  file: RulesFile,
  features: FeatureList,
  canaries?: CanaryStops,
): CompiledRules {
  const strictness = new Strictness(features);
  const isGuard = (feature: FeatureName): boolean => strictness.isGuard(feature);
  const table = new Map(
    features.map((feature) => [feature.key, compileFeature(file, feature, canaries)]),
  );
  const tableOf = (feature: FeatureName): FeatureTable => table.get(feature) ?? UNKNOWN;
  const { formOf, patterns } = exactFolding(file.paths);
  const matches = file.rules.map(({ match }) => match);
  const matchers = matches.map((match) => compileMatch(match, patterns));
  const index = new RuleIndex(matches, patterns);
  const couldRefuse = (feature: FeatureName, rule: number): boolean =>
    strictness.couldRefuse(feature, inForce(tableOf(feature).settings[rule]));
  const waries = compileWaries(file, strictness, tableOf, matchers, formOf);
  const parts: DecidingParts = {
    paths: file.paths,
    strictness,
    tableOf,
    index,
    matchers,
    isOfProven: matches.map(requiresProof),
    formOf,
    waryOf: (feature) => waries.get(feature),
  };

  const isSameForAll = [...table.values()].every(isSameForEveryRequest);
  const fallbackOf = (feature: FeatureName): EffectivePolicy => tableOf(feature).fallback.effective;

  return {
    features,
    canaryKeys: [...table.values()].flatMap(canaryKeysOf),
    isEverOn: (feature) => {
      const { settings, fallback } = tableOf(feature);
      return [...settings, fallback].some((each) => each && each.effective.mode !== "off");
    },
    isGuard,
    isNamed: compileNaming(matches, { index, matchers, formOf, patterns }, couldRefuse),
    forRequest: (request) =>
      isSameForAll && isPlain(request.path) ? fallbackOf : decideFor(request, parts),
  };
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

/** The policy of a setting, for a rule with a percentage that inside the share. */
function inForce(setting: Setting | undefined): EffectivePolicy | undefined {
  return setting?.split?.inside ?? setting?.effective;
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

function compileFeature(
  file: RulesFile,
  feature: FeatureDefinition,
  canaries: CanaryStops | undefined,
): FeatureTable {
  const { key } = feature;
  const standard = settingOf(file.defaults, key);
  const settings = file.rules.map((rule) => {
    const value = settingOf(rule, key);
    return value === undefined ? undefined : compileSetting(feature, value, rule.name, canaries);
  });
  const builtIn = compileSetting(feature, false, "built-in");
  return {
    settings,
    isMentioned: settings.some((setting) => setting !== undefined),
    fallback:
      standard === undefined ? builtIn : compileSetting(feature, standard, "defaults", canaries),
    unsure: { ...builtIn.effective, reading: TOO_MANY },
  };
}

function compileSetting(
  { key: feature, options }: FeatureDefinition,
  value: FeatureSetting,
  rule: string,
  canaries?: CanaryStops,
): Setting {
  if (typeof value !== "object") {
    const mode: Mode = value === "observe" ? "observe" : value ? "enforce" : "off";
    return { effective: { mode, policy: v.parse(options, { mode }), rule } };
  }
  const { mode, percentage } = value;
  const effective: EffectivePolicy = { mode, policy: value, rule };
  if (mode !== "enforce" || percentage === 100) return { effective };
  const canary = canaryOf(feature, value, rule, canaries);
  const share = (isIn: boolean) => ({
    share: { percentage, isIn, ...(canary === undefined ? {} : { canary }) },
  });
  const watched = { ...value, mode: "observe" };
  const outside: EffectivePolicy = { mode: "observe", policy: watched, rule, ...share(false) };
  const inside = { ...effective, ...share(true) };
  const stopped = canary === undefined ? undefined : outside;
  return { effective, split: { percentage, inside, outside, stopped } };
}

/** The comparison of a setting with `canary`; whether it is stopped is read for each request. */
function canaryOf(
  feature: FeatureName,
  { canary: bounds, ...value }: Extract<FeatureSetting, object>,
  rule: string,
  canaries: CanaryStops | undefined,
): Canary | undefined {
  if (bounds === undefined) return undefined;
  const key = { feature, rule, options: JSON.stringify({ ...value, bounds }) };
  return {
    key,
    bounds,
    get isStopped() {
      return canaries?.isStopped(key) === true;
    },
  };
}

function canaryKeysOf({ settings, fallback }: FeatureTable): CanaryKey[] {
  return [...settings, fallback].flatMap((each) => each?.split?.inside.share?.canary?.key ?? []);
}
