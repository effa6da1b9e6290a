import { readPath } from "../http/path-readings.ts";
import type { Agent } from "../agent/agent.ts";
import type { AccessPolicy } from "../stages/access/policy.ts";
import { compileMatch, pathsOf } from "./match.ts";
import { exactFolding, waryFolding } from "./path-folding.ts";
import type { Rule, RulesFile } from "./schema.ts";

/**
 * Whether nobody can be refused a page: no access rule but `allow` can apply to it for any agent, in
 * any reading of its path. Rules that are only observed refuse nobody; a percentage is somebody.
 */
export type IsOpenPage = (page: { readonly host: string; readonly path: string }) => boolean;

/** Compiles the rules into the one answer to "can access be refused to anybody here?". */
export function compileOpenPages(
  file: Pick<RulesFile, "rules" | "defaults" | "paths">,
): IsOpenPage {
  const { forms } = waryFolding(file.paths);
  const { parameters } = file.paths;
  const rules = file.rules
    .filter(({ access }) => access !== undefined)
    .map((rule) => compileRule(rule, file.paths));
  const isOpenByDefault = !refuses(file.defaults.access);
  // Most sites say nothing of access.
  if (rules.length === 0) return () => isOpenByDefault;
  return ({ host, path }) => {
    const { paths, isComplete } = readPath(path, { parameters, isWary: true });
    if (!isComplete) return false;
    const read = paths.flatMap(forms);
    for (const rule of rules) {
      if (!rule.mayMatch(host, read)) continue;
      if (rule.refuses) return false;
      // It decides for everyone: no later rule is looked at.
      if (rule.isForAll && rule.matches(host, paths[0], read)) return true;
    }
    return isOpenByDefault;
  };
}

/** What a match can say that depends on the page alone; anything else may hold or not. */
const OF_THE_PAGE: ReadonlySet<string> = new Set(["host", "path"]);

const ANYBODY: Agent = { kind: "anonymous" };

function compileRule({ match, access }: Rule, settings: RulesFile["paths"]) {
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
    /** In any form of any reading. */
    mayMatch: (name: string, forms: readonly string[]): boolean =>
      hasHost(name) && forms.some(fits),
    /** In all forms of all readings, the canonical one as it is written. */
    matches: (name: string, canonical: string, forms: readonly string[]): boolean =>
      hasHost(name) &&
      forms.every(fits) &&
      exact.forms(canonical).every((form) => exactly?.some((each) => each.test(form)) ?? true),
    refuses: refuses(access),
    isForAll: said.every(([key]) => OF_THE_PAGE.has(key)),
  };
}

/** Whether a setting keeps anybody from anything. */
function refuses(access: Rule["access"]): boolean {
  if (typeof access !== "object") return false;
  const { mode, action }: AccessPolicy = access;
  return mode === "enforce" && action !== "allow";
}
