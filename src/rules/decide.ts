import { asClaim, botOf, type Agent } from "../agent/agent.ts";
import { hasDotSegments } from "../http/dot-segments.ts";
import { readings, readPath } from "../http/path-readings.ts";
import type { EffectivePolicy, FeatureName } from "../pipeline/policy.ts";
import type { Matcher, MatchFacts } from "./match.ts";
import { firstOf, type RuleIndex } from "./rule-index.ts";
import type { RulesFile } from "./schema.ts";
import { isInShare, type ClientFacts } from "./share.ts";
import type { Strictness } from "./strictness.ts";
import type { WaryRules } from "./wary-rules.ts";
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
  { paths, strictness, tableOf, index, matchers, isOfProven, waryOf, formOf }: DecidingParts,
): (feature: FeatureName) => EffectivePolicy {
  const { agent, path, behind = [] } = request;
  const read = readPath(path, paths);
  // A response that the cache stores under the resolved path must not come from another page.
  const isUnsure = !read.isComplete || isForwardedUnresolved(paths, path);
  // An invalid signature must not evade a rule about the bot that the User-Agent names.
  const claim = agent.kind === "invalid" ? asClaim(agent) : agent;
  const lookUp = rememberingLookups(index, request);
  return (feature) => {
    const isGuard = strictness.isGuard(feature);
    const { settings, fallback, isMentioned, unsure } = tableOf(feature);
    if (isUnsure && !isGuard) return unsure;
    if (!isMentioned) return policyFor(fallback, request);
    const who = isGuard ? claim : agent;
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
  };
}

/** Whether the origin server receives this path with its dot segments unresolved. */
function isForwardedUnresolved({ dotSegments }: RulesFile["paths"], path: string): boolean {
  return dotSegments === "as-received" && hasDotSegments(path);
}

/** One reading of a request, with the rules that may match it and the last rule that matched. */
interface RuleLookup {
  readonly facts: MatchFacts;
  readonly found: readonly RuleNumbers[];
  rule: number;
  holds: boolean;
}

/** Features are queried one after the other about the same readings: their rules are remembered. */
function rememberingLookups(index: RuleIndex, { method, host, query, client }: PolicyRequest) {
  let last: RuleLookup | undefined;
  const earlier: RuleLookup[] = [];
  return (path: string, agent: Agent): RuleLookup => {
    const isOfThis = ({ facts }: RuleLookup) => facts.path === path && facts.agent === agent;
    if (last !== undefined && isOfThis(last)) return last;
    const known = earlier.find(isOfThis);
    if (known !== undefined) return known;
    const found = index.find(path, host, botOf(agent)?.name);
    last = { facts: { method, host, path, query, agent, client }, found, rule: -1, holds: false };
    earlier.push(last);
    return last;
  };
}

/**
 * The settings of the matching rules after one that is not final, up to the first final one;
 * undefined stands for the end of the rules, after which the defaults follow.
 */
function settingsAfter(
  rule: number,
  lookup: RuleLookup,
  settings: readonly (Setting | undefined)[],
  matchers: readonly Matcher[],
  isFinal: (rule: number) => boolean,
): readonly (Setting | undefined)[] {
  const found: (Setting | undefined)[] = [];
  for (let after = rule; ;) {
    const next = firstRule(lookup, settings, matchers, after);
    if (next === undefined) return [...found, undefined];
    found.push(settings[next]);
    if (isFinal(next)) return found;
    after = next;
  }
}

/** The first rule after another one that mentions a feature and matches. */
function firstRule(
  lookup: RuleLookup,
  settings: readonly unknown[],
  matchers: readonly Matcher[],
  after: number,
): number | undefined {
  return firstOf(lookup.found, (rule) => {
    if (rule <= after || settings[rule] === undefined) return false;
    if (lookup.rule !== rule) {
      lookup.rule = rule;
      lookup.holds = matchers[rule]?.(lookup.facts) === true;
    }
    return lookup.holds;
  });
}

/** The policy of a setting for a request. */
export function policyFor({ effective, split }: Setting, { agent, client }: PolicyRequest) {
  if (split === undefined) return effective;
  const { percentage, inside, outside } = split;
  return isInShare(percentage, effective.rule, agent, client) ? inside : outside;
}
