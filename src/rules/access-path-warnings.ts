import type { FeatureList } from "../feature/define.ts";
import type { PathPattern } from "../http/path-pattern.ts";
import { quote, type PathStep } from "./fault.ts";
import { pathsOf } from "./match.ts";
import { waryFolding } from "./path-folding.ts";
import { RuleIndex } from "./rule-index.ts";
import { settingOf } from "./feature-settings.ts";
import type { Rule, RulesFile } from "./schema.ts";
import type { Warn } from "./warn.ts";

/** Warns of a rule that refuses a path, but not the pages below it or the same path with "/". */
export function accessPathWarner({ rules, paths }: RulesFile, features: FeatureList, warn: Warn) {
  const isRefusing = (rule: Rule): boolean => refusesBy(features, rule);
  const { patterns } = waryFolding(paths);
  const matches = rules.filter(isRefusing).map(({ match }) => match);
  const refusing = matches.map((match) => ({
    others: othersOf(match),
    patterns: pathsOf(match, patterns),
  }));
  const index = new RuleIndex(
    matches.map(({ path }) => ({ path })),
    patterns,
  );
  const tellsSlashApart = paths.trailingSlash === "different";

  return (rule: Rule, at: readonly PathStep[]): void => {
    const { match } = rule;
    if (match.path === undefined || !isRefusing(rule)) return;
    const others = othersOf(match);
    const isRefused = (path: string): boolean =>
      index
        .find(path, "", undefined)
        .flat()
        .some((number) => {
          const each = refusing[number];
          if (each?.others !== others) return false;
          return each.patterns?.some((pattern) => pattern.test(path)) ?? true;
        });
    const list = typeof match.path === "string" ? [match.path] : match.path;
    const compiled = list.flatMap((path) => pathsOf({ path }) ?? []);
    for (const [i, pattern] of compiled.entries()) {
      const left = neighboursOf(pattern, tellsSlashApart).find(({ path }) => !isRefused(path));
      if (left === undefined) continue;
      const where = typeof match.path === "string" ? [] : [i];
      const message = `${quote(pattern.source)} does not match ${quote(left.path)}; add ${quote(left.add)} to refuse that too`;
      warn([...at, "match", "path", ...where], "path-left-open", message);
    }
  };
}

/** Whether a rule refuses requests, or would if it were enforced. */
export function refusesBy(features: FeatureList, rule: Rule): boolean {
  return features.some((feature) => {
    const setting = settingOf(rule, feature.key);
    if (typeof setting !== "object" || setting.mode === "off") return false;
    return (feature.strictness?.(setting) ?? 0) > 0;
  });
}

function othersOf({ path: _path, ...others }: Rule["match"]): string {
  return JSON.stringify(others);
}

interface Neighbour {
  readonly path: string;
  /** The pattern that would match it. */
  readonly add: string;
}

function neighboursOf({ source, literals, groups }: PathPattern, tellsSlashApart: boolean) {
  const [text = ""] = literals;
  const bare = text.replace(/\/$/, "");
  if (bare === "") return [];
  const found: Neighbour[] = [];
  if (groups.length === 0) {
    // A file has no pages below it, unless it is a program.
    const isFile = /\.(?!php$)[^/.]*$/i.test(bare);
    if (!isFile) found.push({ path: `${bare}/x`, add: `${source.replace(/\/$/, "")}/*` });
    const other = text === bare ? "/" : "";
    if (tellsSlashApart && !isFile) {
      found.push({ path: bare + other, add: source.replace(/\/$/, "") + other });
    }
  } else if (tellsSlashApart && groups.length === 1 && source === `${text}*` && text !== bare) {
    found.push({ path: bare, add: source.slice(0, -2) });
  }
  return found;
}
