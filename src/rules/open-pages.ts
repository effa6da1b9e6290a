import { ANONYMOUS } from "../agent/agent.ts";
import { closes, type FeatureDefinition, type FeatureList } from "../feature/define.ts";
import { compileMatch, namesBots } from "./match.ts";
import { exactFolding } from "./path-folding.ts";
import { settingOf, type FeatureSetting } from "./feature-settings.ts";
import type { RulesFile } from "./schema.ts";
import { TOO_MANY, WaryRules } from "./wary-rules.ts";

/**
 * Whether a page is open: no guard (`access`) can refuse it to any agent, in any reading of its
 * path. Rules that only observe refuse no agent; a rule with a percentage refuses some.
 */
type IsOpenPage = (page: { readonly host: string; readonly path: string }) => boolean;

/**
 * Compiles the rules of guards into the test whether a page is open to everyone.
 *
 * @param to "strangers" for all clients but the bots that rules name
 */
export function compileOpenPages(
  file: Pick<RulesFile, "rules" | "defaults" | "paths">,
  features: FeatureList,
  to: "everyone" | "strangers" = "everyone",
): IsOpenPage {
  const checks = features
    .filter((feature) => feature.strictness !== undefined)
    .map((guard) => compileGuard(file, guard, to));
  return (page) => checks.every((isOpen) => isOpen(page));
}

function compileGuard(
  { rules, defaults, paths }: Pick<RulesFile, "rules" | "defaults" | "paths">,
  guard: FeatureDefinition,
  to: "everyone" | "strangers",
): IsOpenPage {
  const settings = rules.map((rule) => settingOf(rule, guard.key));
  const isRefusing = settings.map((setting) => refuses(guard, setting));
  const isOpenByDefault = !refuses(guard, settingOf(defaults, guard.key));
  // The parts of a match besides host and path may match or not.
  const mentioning = rules.flatMap(({ match: { host, path, agent } }, number) => {
    const isOfBots = to === "strangers" && agent !== undefined && namesBots(agent);
    return settings[number] === undefined || isOfBots ? [] : [{ number, match: { host, path } }];
  });
  // Most sites have no access rules.
  if (mentioning.length === 0) return () => isOpenByDefault;
  const { formOf, patterns } = exactFolding(paths);
  const matchers = rules.map(({ match: { host, path, ...others } }) => {
    const isForAll = Object.values(others).every((value) => value === undefined);
    return isForAll ? compileMatch({ host, path }, patterns) : () => false;
  });
  const wary = new WaryRules(mentioning, matchers, paths, formOf);
  return ({ host, path }) =>
    wary
      .find({ method: "GET", host, agent: ANONYMOUS }, [path])
      .every(({ rule, reading }) =>
        rule === undefined ? isOpenByDefault : reading !== TOO_MANY && isRefusing[rule] !== true,
      );
}

/** Whether a guard's setting refuses or restricts anyone. */
function refuses(guard: FeatureDefinition, setting: FeatureSetting | undefined): boolean {
  if (typeof setting !== "object" || setting.mode !== "enforce") return false;
  return closes(guard, setting);
}
