import { botOf, guisesOf, type Agent } from "../agent/agent.ts";
import { hasDotSegments } from "../http/dot-segments.ts";
import { readings, readPath, type PathReadings } from "../http/path-readings.ts";
import type { EffectivePolicy, FeatureName } from "../pipeline/policy.ts";
import type { Matcher } from "./match.ts";
import type { RuleIndex } from "./rule-index.ts";
import { firstRule, rememberingLookups, settingsAfter } from "./rule-lookup.ts";
import type { RulesFile } from "./schema.ts";
import { isInShare, type ClientFacts } from "./share.ts";
import type { Strictness } from "./strictness.ts";
import type { WaryRules } from "./wary-rules.ts";

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
  /**
   * For conditions on the client, and rules with a percentage. @default unknown: no such condition
   * matches, and the rule acts for verified agents only
   */
  readonly client?: () => ClientFacts;
}

/** The setting of one feature in one rule, or in the defaults. */
export interface Setting {
  readonly effective: EffectivePolicy;
  /** For a rule with a percentage: the policy for agents inside the share, and outside. */
  readonly split?: {
    readonly percentage: number;
    readonly inside: EffectivePolicy;
    readonly outside: EffectivePolicy;
    /** The policy for all agents once a canary has stopped the rule. */
    readonly stopped?: EffectivePolicy | undefined;
  };
}

/** The settings of one feature in all rules. */
export interface FeatureTable {
  /** By rule number; undefined if the rule does not mention the feature. */
  readonly settings: readonly (Setting | undefined)[];
  /** Whether any rule mentions the feature; if not, no rule is looked up. */
  readonly isMentioned: boolean;
  readonly fallback: Setting;
  /** The policy for requests whose page is ambiguous. */
  readonly unsure: EffectivePolicy;
}

/** The compiled parts of the rules that a decision reads. */
export interface DecidingParts {
  readonly paths: RulesFile["paths"];
  readonly strictness: Strictness;
  readonly index: RuleIndex;
  /** By rule number. */
  readonly matchers: readonly Matcher[];
  /** By rule number: whether it names bots, and so gives something to verified agents only. */
  readonly isOfProven: readonly boolean[];
  readonly tableOf: (feature: FeatureName) => FeatureTable;
  /** The rules of a guard that may refuse something. */
  readonly waryOf: (feature: FeatureName) => WaryRules | undefined;
  /** Folds a reading for the matchers. */
  readonly formOf: (reading: string) => string;
}

/** Decides on the policies of one request; the features may be queried in any order. */
export function decideFor(
  request: PolicyRequest,
  parts: DecidingParts,
): (feature: FeatureName) => EffectivePolicy {
  const { agent, path } = request;
  const { paths, strictness, index, tableOf } = parts;
  const read = readPath(path, paths);
  // A response that the cache stores under the resolved path must not come from another page.
  const isUnsure = !read.isComplete || isForwardedUnresolved(paths, path);
  const guises = guisesOf(agent);
  const lookUp = rememberingLookups(index, request);
  return (feature) => {
    const isGuard = strictness.isGuard(feature);
    const { fallback, isMentioned, unsure } = tableOf(feature);
    if (isUnsure && !isGuard) return unsure;
    if (!isMentioned) return policyFor(fallback, request);
    const judge = (who: Agent) => decideAs(who, feature, { request, read, lookUp }, parts);
    if (!isGuard) return judge(agent);
    const [first, ...others] = guises;
    if (others.length === 0) return judge(first);
    const further = others.map((each) =>
      Object.assign({ claim: botOf(each)?.name ?? "" }, judge(each)),
    );
    return strictness.strictestOf(feature, judge(first), further);
  };
}

interface ReadRequest {
  readonly request: PolicyRequest;
  readonly read: PathReadings;
  readonly lookUp: ReturnType<typeof rememberingLookups>;
}

/** Decides on the policy of one feature for a request, if this agent sends it. */
function decideAs(
  who: Agent,
  feature: FeatureName,
  { request, read, lookUp }: ReadRequest,
  { strictness, tableOf, matchers, isOfProven, waryOf, formOf }: DecidingParts,
): EffectivePolicy {
  const { path, behind = [] } = request;
  const { settings, fallback } = tableOf(feature);
  const isGuard = strictness.isGuard(feature);
  const standard = policyFor(fallback, request);
  // A claim gives nothing that a guard's next rules would not give.
  const isFinal = (rule: number): boolean =>
    who.kind === "verified" || !isGuard || isOfProven[rule] !== true;
  const decide = (reading: string, otherwise?: EffectivePolicy): EffectivePolicy | undefined => {
    const lookup = lookUp(formOf(reading), who);
    const first = firstRule(lookup, settings, matchers, -1);
    const setting = first === undefined ? undefined : settings[first];
    if (first === undefined || setting === undefined) return otherwise;
    const policy = policyFor(setting, request);
    if (isFinal(first)) return policy;
    const next = settingsAfter(first, lookup, settings, matchers, isFinal);
    const others = next.map((each) => (each ? policyFor(each, request) : (otherwise ?? policy)));
    return strictness.strictestOf(feature, policy, others);
  };
  const wary = waryOf(feature);
  if (wary !== undefined) {
    const policyOf = (rule: number | undefined): EffectivePolicy =>
      rule === undefined ? standard : policyFor(settings[rule] ?? fallback, request);
    const candidates = wary.find({ ...request, agent: who }, [path, ...behind]);
    const [only, another] = candidates;
    // A path with one reading has one candidate: the rule that matches exactly.
    if (another === undefined && read.isPlain) return policyOf(only?.rule);
    const exact = decide(read.paths[0], standard) ?? standard;
    const found: EffectivePolicy[] = [];
    for (const { rule, reading } of candidates) found.push({ ...policyOf(rule), reading });
    return strictness.strictestOf(feature, exact, found);
  }
  const first = decide(read.paths[0], standard) ?? standard;
  if (read.paths.length === 1 && behind.length === 0) return first;
  // A path with several readings gets the strictest policy of all of them.
  const others = read.paths.slice(1).map((each) => decide(each, standard) ?? standard);
  const pages = behind.flatMap(readings).map((each) => decide(each));
  const all = [...others, ...pages].filter((each) => each !== undefined);
  return strictness.strictestOf(feature, first, all);
}

/** Whether the origin server receives this path with its dot segments unresolved. */
function isForwardedUnresolved({ dotSegments }: RulesFile["paths"], path: string): boolean {
  return dotSegments === "as-received" && hasDotSegments(path);
}

/** The policy of a setting for a request. */
export function policyFor({ effective, split }: Setting, { agent, client }: PolicyRequest) {
  if (split === undefined) return effective;
  const { percentage, inside, outside, stopped } = split;
  if (stopped !== undefined && inside.share?.canary?.isStopped === true) return stopped;
  return isInShare(percentage, effective.rule, agent, client) ? inside : outside;
}
