import type { PairOutcome } from "./build.ts";
import { extensionOf } from "./similar.ts";
import { withoutVersion } from "./version-name.ts";

/** Patterns in a `match`, at most (src/features/compression/policy.ts). */
const MOST_PATTERNS = 200;

/**
 * Writes the rules that use the deltas: a pattern for each file that has one, or for each directory
 * and extension if there are too many.
 *
 * @param folder of the deltas, as the rules name it
 */
export function deltasRules(
  outcomes: readonly PairOutcome[],
  folder: string,
): { readonly text: string; readonly uncovered: readonly string[] } {
  const made = outcomes.filter(({ result }) => "delta" in result);
  const exact = patternsOf(made, patternOf);
  const all = exact.length <= MOST_PATTERNS ? exact : patternsOf(made, widePattern);
  const match = all.slice(0, MOST_PATTERNS);
  const rule = {
    name: "prebuilt deltas",
    match: { path: match },
    compression: { dictionary: { match, deltas: folder } },
  };
  const rules = { rules: match.length === 0 ? [] : [rule] };
  return {
    text: `${JSON.stringify(rules, undefined, 2)}\n`,
    uncovered: all.slice(MOST_PATTERNS),
  };
}

function patternsOf(
  outcomes: readonly PairOutcome[],
  pattern: (outcome: PairOutcome) => string,
): string[] {
  return [...new Set(outcomes.map(pattern))].toSorted();
}

/** The pattern of a file and its older version: their name with a star in place of the version. */
function patternOf(outcome: PairOutcome): string {
  const { path, from } = outcome;
  if (path === from) return `/${escaped(path)}`;
  const name = withoutVersion(path);
  if (name !== withoutVersion(from)) return widePattern(outcome);
  return `/${name.split("*").map(escaped).join("*")}`;
}

/** The pattern of all files of the same extension in the directory. */
function widePattern({ path }: PairOutcome): string {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return `/${escaped(folder)}*${extensionOf(path)}`;
}

function escaped(text: string): string {
  return encodeURI(text)
    .replace(/[?#]/g, encodeURIComponent)
    .replace(/[\\:*+(){}]/g, "\\$&");
}
