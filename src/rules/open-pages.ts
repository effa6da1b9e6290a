import { readings } from "../http/target.ts";
import type { Agent } from "../agent/agent.ts";
import type { AccessPolicy } from "../stages/access/policy.ts";
import { compileMatch } from "./match.ts";
import type { Rule, RulesFile } from "./schema.ts";

/**
 * Whether nobody can be refused a page: no access rule but `allow` can apply to it for any agent, in
 * any reading of its path. Rules that are only observed refuse nobody; a percentage is somebody.
 */
export type IsOpenPage = (page: { readonly host: string; readonly path: string }) => boolean;

/** Compiles the rules into the one answer to "can access be refused to anybody here?". */
export function compileOpenPages(file: Pick<RulesFile, "rules" | "defaults">): IsOpenPage {
  const rules = file.rules.filter(({ access }) => access !== undefined).map(compileRule);
  const isOpenByDefault = !refuses(file.defaults.access);
  // Most sites say nothing of access.
  if (rules.length === 0) return () => isOpenByDefault;
  return ({ host, path }) =>
    readings(path).every((reading) => {
      for (const rule of rules) {
        if (!rule.mayMatch(host, reading)) continue;
        if (rule.refuses) return false;
        // It decides for everyone: no later rule is looked at.
        if (rule.isForAll) return true;
      }
      return isOpenByDefault;
    });
}

/** What a match can say that depends on the page alone; anything else may hold or not. */
const OF_THE_PAGE: ReadonlySet<string> = new Set(["host", "path"]);

const ANYBODY: Agent = { kind: "anonymous" };

function compileRule({ match, access }: Rule) {
  const { host, path } = match;
  const matches = compileMatch({
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path }),
  });
  const said = Object.entries(match).filter(([, value]) => value !== undefined);
  return {
    mayMatch: (host: string, reading: string): boolean =>
      matches({ method: "GET", host, path: reading, agent: ANYBODY }),
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
