import { guiseNamed } from "../../agent/agent.ts";
import { readPath, readings } from "../../http/path-readings.ts";
import type { FeatureName, Mode, Share } from "../../pipeline/policy.ts";
import type { CompiledRules } from "../../rules/compile.ts";
import type { PolicyRequest } from "../../rules/decide.ts";
import { requiresProof, type FoldPattern, type MatchFacts } from "../../rules/match.ts";
import { fitsAll, mismatches } from "../../rules/mismatch.ts";
import { exactFolding } from "../../rules/path-folding.ts";
import { settingOf } from "../../rules/feature-settings.ts";
import type { RulesFile } from "../../rules/schema.ts";

/** What decided: the first matching rule that mentions the feature, or a default. */
type Basis = "rule" | "defaults" | "built-in";

/** A rule that mentions a feature, and its outcome for one request. */
interface RuleTrace {
  /** The rule's index in the file, from 0. */
  readonly index: number;
  readonly name: string;
  /**
   * "outranked": it matches, but a rule before it decides. "unproven": it matches before the rule
   * that decides, but it names bots, and gives nothing to an agent that proves no name.
   */
  readonly outcome: "decides" | "outranked" | "unproven" | "no-match";
  /** Each part of `match` that did not fit, in words; for the reading of the path that counted. */
  readonly because: readonly string[];
}

/** A reading of the path, or a page behind the response, with the rule that decides there. */
interface ReadingTrace {
  readonly path: string;
  readonly of: "path" | "page-behind";
  /** Name of the rule, "defaults" or "built-in"; undefined if no rule matches a page behind. */
  readonly rule: string | undefined;
  /** Whether the outcome of this reading counts, which is the strictest one. */
  readonly counts: boolean;
}

/** The policy of one feature, and the rules that led to it. */
export interface FeatureTrace {
  readonly feature: FeatureName;
  readonly mode: Mode;
  /** Name of the rule that decided, "defaults" or "built-in". */
  readonly rule: string;
  readonly basis: Basis;
  /** The bot's name that decided, if the User-Agent names several and it is not the first. */
  readonly claim?: string;
  /** If the rule has a percentage: the percentage, and whether this agent is included. */
  readonly share?: ShareTrace | undefined;
  /** Rules that mention the feature, without the `skipped` ones. */
  readonly rules: readonly RuleTrace[];
  /** The number of rules that do not match and are omitted from `rules`: too many. */
  readonly skipped: number;
  /** More than one only if the path is ambiguous, or is a form of another page. */
  readonly readings: readonly ReadingTrace[];
}

/** Rules that do not match and are listed for each feature, at most. */
const MOST_MISMATCHES = 20;

/**
 * Explains for each feature which rule decided and why the others did not. It checks the rules one
 * by one, so it runs only on demand.
 *
 * @param policies compiled from the same file
 * @param show hides parts of a path, or of a sentence with a path
 */
export function explainRules(
  file: RulesFile,
  policies: CompiledRules,
  request: PolicyRequest,
  show: (text: string) => string = String,
): readonly FeatureTrace[] {
  const effectiveOf = policies.forRequest(request);
  const fold = exactFolding(file.paths).patterns;
  return policies.features.map(({ key: feature }) => {
    const { mode, rule, share, reading, claim } = effectiveOf(feature);
    // As in matching, an invalid signature does not free an agent of rules about its claimed name.
    const isGuard = policies.isGuard(feature);
    const agent = isGuard ? guiseNamed(request.agent, claim) : request.agent;
    const standard = settingOf(file.defaults, feature) === undefined ? "built-in" : "defaults";
    const found = readingsOf(file, request).map(({ path, of }): Reading => {
      const facts = { ...request, agent, path };
      const decider = deciderAt(file, feature, { facts, fold, isGuard, rule });
      const by = decider === undefined ? undefined : file.rules[decider]?.name;
      return { path, of, decider, rule: by ?? (of === "path" ? standard : undefined) };
    });
    if (reading !== undefined) {
      // A folded form of the path, e.g. in lower case, which no pattern of the rules can match.
      const decider = file.rules.findIndex(({ name }) => name === rule);
      found.push({ path: reading, of: "path", decider: decider < 0 ? undefined : decider, rule });
    }
    const first = found.findIndex((each) => each.rule === rule);
    const at = reading === undefined ? Math.max(first, 0) : found.length - 1;
    const counted = found[at] ?? { path: request.path, decider: undefined };
    const facts = { ...request, agent, path: counted.path };
    const { decider } = counted;
    const { rules, skipped } = rulesFor(file, feature, facts, { decider, fold, show });
    const basis = decider !== undefined ? "rule" : rule === "built-in" ? rule : standard;
    const shown = found.map(({ path, of, rule: by }, i) => {
      return { path: show(path), of, rule: by, counts: i === at };
    });
    const named = claim === undefined ? {} : { claim };
    return {
      share: share && shareTrace(share),
      feature,
      mode,
      rule,
      ...named,
      basis,
      rules,
      skipped,
      readings: shown,
    };
  });
}

/** The share of agents that a rule acts for. */
export interface ShareTrace extends Pick<Share, "percentage" | "isIn"> {
  /** Whether its canary has stopped the rule, so that it acts for nobody. @default false */
  readonly isStopped?: true;
}

function shareTrace({ percentage, isIn, canary }: Share): ShareTrace {
  return { percentage, isIn, ...(canary?.isStopped === true ? { isStopped: true } : {}) };
}

interface Reading extends Omit<ReadingTrace, "counts"> {
  /** Index of the rule that decides there. */
  readonly decider: number | undefined;
}

function readingsOf({ paths }: RulesFile, { path, behind = [] }: PolicyRequest) {
  const { formOf } = exactFolding(paths);
  const own = [...new Set(readPath(path, paths).paths.map(formOf))].map((each) => ({
    path: each,
    of: "path" as const,
  }));
  const pages = behind
    .flatMap(readings)
    .map((each) => ({ path: each, of: "page-behind" as const }));
  return [...own, ...pages];
}

/** Index of the rule that decides at a reading: the first that matches, or one after unproven ones. */
function deciderAt(
  file: RulesFile,
  feature: FeatureName,
  about: { facts: MatchFacts; fold: FoldPattern; isGuard: boolean; rule: string },
): number | undefined {
  const { facts, fold, isGuard, rule: wanted } = about;
  let first: number | undefined;
  for (const [index, rule] of file.rules.entries()) {
    if (settingOf(rule, feature) === undefined || !fitsAll(rule.match, facts, fold)) continue;
    first ??= index;
    const isFinal = !isGuard || facts.agent.kind === "verified" || !requiresProof(rule.match);
    if (rule.name === wanted) return index;
    if (isFinal) return first;
  }
  return wanted === "defaults" || wanted === "built-in" ? undefined : first;
}

function rulesFor(
  file: RulesFile,
  feature: FeatureName,
  facts: MatchFacts,
  on: { decider: number | undefined; fold: FoldPattern; show: (text: string) => string },
): { rules: RuleTrace[]; skipped: number } {
  const { decider, fold, show } = on;
  const rules: RuleTrace[] = [];
  let listed = 0;
  let skipped = 0;
  for (const [index, rule] of file.rules.entries()) {
    if (settingOf(rule, feature) === undefined) continue;
    const { name, match } = rule;
    if (index === decider || fitsAll(match, facts, fold)) {
      const isBefore = decider === undefined || index < decider;
      const outcome = index === decider ? "decides" : isBefore ? "unproven" : "outranked";
      rules.push({ index, name, outcome, because: [] });
    } else if (listed++ < MOST_MISMATCHES) {
      const because = mismatches(match, facts, fold).map(({ says }) => show(says));
      rules.push({ index, name, outcome: "no-match", because });
    } else skipped++;
  }
  return { rules, skipped };
}
