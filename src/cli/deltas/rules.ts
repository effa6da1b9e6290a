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
export function deltasRules(outcomes: readonly PairOutcome[], folder: string): string {
  const made = outcomes.filter(({ result }) => "delta" in result);
  const exact = patternsOf(made, patternOf);
  const match = exact.length <= MOST_PATTERNS ? exact : patternsOf(made, widePattern);
  const rule = {
    name: "prebuilt deltas",
    match: { path: match },
    compression: { dictionary: { match, deltas: folder } },
  };
  const rules = { rules: match.length === 0 ? [] : [rule] };
  return `${JSON.stringify(rules, undefined, 2)}\n`;
}

function patternsOf(
  outcomes: readonly PairOutcome[],
  pattern: (outcome: PairOutcome) => string,
): string[] {
  return [...new Set(outcomes.map(pattern))].toSorted().slice(0, MOST_PATTERNS);
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
