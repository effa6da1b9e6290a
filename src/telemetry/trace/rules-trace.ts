import { asClaim } from "../../agent/agent.ts";
import { readPath, readings } from "../../http/path-readings.ts";
import type { FeatureName, Mode, Share } from "../../pipeline/policy.ts";
import type { CompiledRules, PolicyRequest } from "../../rules/compile.ts";
import type { FoldPattern, MatchFacts } from "../../rules/match.ts";
import { fitsAll, mismatches } from "../../rules/mismatch.ts";
import { exactFolding } from "../../rules/path-folding.ts";
import { settingOf } from "../../rules/feature-settings.ts";
import type { RulesFile } from "../../rules/schema.ts";

/**
 * Which sentence of the rules decided: "the first rule that matches and mentions it", or its
 * substitute.
 */
export type Basis = "rule" | "defaults" | "built-in";

/** A rule that mentions a feature, and how it fared for one request. */
export interface RuleTrace {
  /** From 0, in the order of the file. */
  readonly index: number;
  readonly name: string;
  /** "outranked": it matches, but a rule before it decides. */
  readonly outcome: "decides" | "outranked" | "no-match";
  /** Every part of `match` that did not fit, in words; for a path with several readings, of the one that counted. */
  readonly because: readonly string[];
}

/**
 * A way in which the path can be read, or a page that the response may be made of, and the rule
 * that decides there.
 */
export interface ReadingTrace {
  readonly path: string;
  readonly of: "path" | "page-behind";
  /** Name of the rule, "defaults" or "built-in"; undefined if a page behind the path has no say. */
  readonly rule: string | undefined;
  /** Whether this one's outcome is the one that counts: the strictest. */
  readonly counts: boolean;
}

/** How the policy of one feature came about. */
export interface FeatureTrace {
  readonly feature: FeatureName;
  readonly mode: Mode;
  /** Name of the rule that decided, "defaults" or "built-in". */
  readonly rule: string;
  readonly basis: Basis;
  /** Where the rule acts for a percentage of agents only: that, and whether this one is among them. */
  readonly share?: Share;
  /** Rules that mention the feature; after `skipped` of the first no-matches. */
  readonly rules: readonly RuleTrace[];
  /** Rules that do not match and were left out of `rules`, since there were too many. */
  readonly skipped: number;
  /** More than one only if the path is ambiguous, or is a form of another page. */
  readonly readings: readonly ReadingTrace[];
}

/** So many rules that do not match are told of, for each feature. */
const MOST_MISMATCHES = 20;

/**
 * Explains for each feature which rule decided and why the others did not. It walks the rules one
 * by one, so it runs only on demand, never for each request.
 *
 * @param policies compiled of the same file
 */
export function explainRules(
  file: RulesFile,
  policies: CompiledRules,
  request: PolicyRequest,
): readonly FeatureTrace[] {
  const effectiveOf = policies.forRequest(request);
  return policies.features.map(({ key: feature }) => {
    const { mode, rule, share, reading } = effectiveOf(feature);
    // As in matching: a broken signature does not lead past a rule about whom the agent says it is.
    const agent = policies.isGuard(feature) ? asClaim(request.agent) : request.agent;
    const standard = settingOf(file.defaults, feature) === undefined ? "built-in" : "defaults";
    const found = readingsOf(file, request).map(({ path, of }): Reading => {
      const decider = deciderAt(file, feature, { ...request, agent, path });
      const by = decider === undefined ? undefined : file.rules[decider]?.name;
      return { path, of, decider, rule: by ?? (of === "path" ? standard : undefined) };
    });
    if (reading !== undefined) {
      // Compared without letter case and the like, so the rules can't be asked again.
      const decider = file.rules.findIndex(({ name }) => name === rule);
      found.push({ path: reading, of: "path", decider: decider < 0 ? undefined : decider, rule });
    }
    const first = found.findIndex((each) => each.rule === rule);
    const at = reading === undefined ? Math.max(first, 0) : found.length - 1;
    const counted = found[at] ?? { path: request.path, decider: undefined };
    const facts = { ...request, agent, path: counted.path };
    const { rules, skipped } = rulesFor(file, feature, facts, counted.decider);
    const basis: Basis = counted.decider !== undefined ? "rule" : basisOf(rule, standard);
    const split = share === undefined ? {} : { share };
    return Object.assign(split, {
      feature,
      mode,
      rule,
      basis,
      rules,
      skipped,
      readings: found.map(({ path, of, rule: by }, i) => ({
        path,
        of,
        rule: by,
        counts: i === at,
      })),
    });
  });
}

interface Reading extends Omit<ReadingTrace, "counts"> {
  /** Number of the rule that decides there. */
  readonly decider: number | undefined;
}

function basisOf(rule: string, standard: Basis): Basis {
  return rule === "built-in" ? rule : standard;
}

function readingsOf({ paths }: RulesFile, { path, behind = [] }: PolicyRequest) {
  const { forms } = exactFolding(paths);
  const own = [...new Set(readPath(path, paths).paths.flatMap(forms))].map((each) => ({
    path: each,
    of: "path" as const,
  }));
  const pages = behind
    .flatMap(readings)
    .map((each) => ({ path: each, of: "page-behind" as const }));
  return [...own, ...pages];
}

function patternsOf({ paths }: RulesFile): FoldPattern {
  return exactFolding(paths).patterns;
}

function deciderAt(file: RulesFile, feature: FeatureName, facts: MatchFacts): number | undefined {
  const index = file.rules.findIndex(
    (rule) =>
      settingOf(rule, feature) !== undefined && fitsAll(rule.match, facts, patternsOf(file)),
  );
  return index === -1 ? undefined : index;
}

function rulesFor(
  file: RulesFile,
  feature: FeatureName,
  facts: MatchFacts,
  decider: number | undefined,
): { rules: RuleTrace[]; skipped: number } {
  const fold = patternsOf(file);
  const rules: RuleTrace[] = [];
  let told = 0;
  let skipped = 0;
  for (const [index, rule] of file.rules.entries()) {
    if (settingOf(rule, feature) === undefined) continue;
    const { name, match } = rule;
    if (index === decider || fitsAll(match, facts, fold)) {
      const outcome = index === decider ? "decides" : "outranked";
      rules.push({ index, name, outcome, because: [] });
    } else if (told++ < MOST_MISMATCHES) {
      const because = mismatches(match, facts, fold).map(({ says }) => says);
      rules.push({ index, name, outcome: "no-match", because });
    } else skipped++;
  }
  return { rules, skipped };
}
