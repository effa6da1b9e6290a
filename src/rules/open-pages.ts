import { readPath } from "../http/path-readings.ts";
import type { Agent } from "../agent/agent.ts";
import type { FeatureDefinition, FeatureList } from "../feature/define.ts";
import { compileMatch, pathsOf } from "./match.ts";
import { exactFolding, waryFolding } from "./path-folding.ts";
import { settingOf, type FeatureSetting } from "./feature-settings.ts";
import type { Rule, RulesFile } from "./schema.ts";

/**
 * Whether a page is open: no guard (`access`) can refuse it to any agent, in any reading of its path. Rules that only observe
 * refuse no agent; a rule with a percentage refuses some.
 */
type IsOpenPage = (page: { readonly host: string; readonly path: string }) => boolean;

/** Compiles the rules of guards into the test whether a page is open to everyone. */
export function compileOpenPages(
  file: Pick<RulesFile, "rules" | "defaults" | "paths">,
  features: FeatureList,
): IsOpenPage {
  const checks = features
    .filter((feature) => feature.strictness !== undefined)
    .map((guard) => compileGuard(file, guard));
  return (page) => checks.every((isOpen) => isOpen(page));
}

function compileGuard(
  file: Pick<RulesFile, "rules" | "defaults" | "paths">,
  guard: FeatureDefinition,
): IsOpenPage {
  const { forms } = waryFolding(file.paths);
  const { parameters } = file.paths;
  const rules = file.rules
    .filter((rule) => settingOf(rule, guard.key) !== undefined)
    .map((rule) => compileRule(rule, refuses(guard, settingOf(rule, guard.key)), file.paths));
  const isOpenByDefault = !refuses(guard, settingOf(file.defaults, guard.key));
  // Most sites have no access rules.
  if (rules.length === 0) return () => isOpenByDefault;
  return ({ host, path }) => {
    const { paths, isComplete } = readPath(path, { parameters, isWary: true });
    if (!isComplete) return false;
    const read = paths.flatMap(forms);
    for (const rule of rules) {
      if (!rule.mayMatch(host, read)) continue;
      if (rule.refuses) return false;
      // This rule decides for everyone: later rules never apply.
      if (rule.isForAll && rule.matches(host, paths[0], read)) return true;
    }
    return isOpenByDefault;
  };
}

/** The parts of a match that depend on the page alone; any other part may match or not. */
const OF_THE_PAGE: ReadonlySet<string> = new Set(["host", "path"]);

const ANYBODY: Agent = { kind: "anonymous" };

function compileRule({ match }: Rule, isRefusing: boolean, settings: RulesFile["paths"]) {
  const { host, path } = match;
  const ofHost = compileMatch(host === undefined ? {} : { host });
  const hasHost = (name: string): boolean =>
    ofHost({ method: "GET", host: name, path: "/", agent: ANYBODY });
  const of = path === undefined ? {} : { path };
  const patterns = pathsOf(of, waryFolding(settings).patterns);
  const exact = exactFolding(settings);
  const exactly = pathsOf(of, exact.patterns);
  const fits = (form: string): boolean => patterns?.some((each) => each.test(form)) ?? true;
  const said = Object.entries(match).filter(([, value]) => value !== undefined);
  return {
    /** Whether the rule matches any form of any reading. */
    mayMatch: (name: string, forms: readonly string[]): boolean =>
      hasHost(name) && forms.some(fits),
    /** Whether the rule matches the canonical path exactly, and all forms of all readings. */
    matches: (name: string, canonical: string, forms: readonly string[]): boolean =>
      hasHost(name) &&
      forms.every(fits) &&
      exact.forms(canonical).every((form) => exactly?.some((each) => each.test(form)) ?? true),
    refuses: isRefusing,
    isForAll: said.every(([key]) => OF_THE_PAGE.has(key)),
  };
}

/** Whether a guard's setting refuses or restricts anyone. */
function refuses(guard: FeatureDefinition, setting: FeatureSetting | undefined): boolean {
  if (typeof setting !== "object" || setting.mode !== "enforce") return false;
  return (guard.strictness?.(setting) ?? 0) > 0;
}
