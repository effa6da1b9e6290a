import type { PathPattern } from "../../http/path-pattern.ts";
import { withoutVersion } from "./version-name.ts";
import type { BuiltFile } from "./walk.ts";

/** A new file, and an older version that clients may have. */
export interface Pair {
  readonly file: BuiltFile;
  readonly from: BuiltFile;
}

/** Files with a similar name that are paired with a new file, at most: those nearest in size. */
const MOST_GUESSES = 3;

/** A path whose last part has no name besides its version and extension. */
const NO_NAME = /(?:^|\/)[*._-]*\*[*._-]*(?:\.[a-z0-9]{1,16})?$/i;

/**
 * Pairs each new file with its older versions in each old build: the file at the same path, or else
 * files whose names differ in a version part only, and all files that match the same pattern. Omits
 * unchanged files and repeated pairs.
 */
export function pairVersions(
  files: readonly BuiltFile[],
  olds: readonly (readonly BuiltFile[])[],
  patterns: readonly PathPattern[] = [],
): Pair[] {
  const pairs: Pair[] = [];
  const paired = new Set<string>();
  const current = new Set(files.map(({ hash }) => hash));
  for (const old of olds) {
    const byPath = new Map(old.map((each) => [each.path, each]));
    const byName = Map.groupBy(old, ({ path }) => withoutVersion(path));
    for (const file of files) {
      const same = byPath.get(file.path);
      const name = withoutVersion(file.path);
      // A name that is nothing but a version says nothing: its content does (similar.ts).
      const alike = NO_NAME.test(name) ? [] : byName.get(name);
      const guesses = same === undefined ? nearest(alike, file) : [same];
      const matching = patterns
        .filter((pattern) => matches(pattern, file))
        .flatMap((pattern) => old.filter((each) => matches(pattern, each)));
      for (const from of [...guesses, ...matching]) {
        const key = `${file.hash}-${from.hash}`;
        // A file that the new build also has is no older version of another file.
        const isCurrent = from !== same && !matching.includes(from) && current.has(from.hash);
        if (from.hash === file.hash || isCurrent || paired.has(key)) continue;
        paired.add(key);
        pairs.push({ file, from });
      }
    }
  }
  return pairs.sort(byPath);
}

/** Compares pairs by the path of the new file, then of the old one. */
export function byPath(a: Pair, b: Pair): number {
  return compare(a.file.path, b.file.path) || compare(a.from.path, b.from.path);
}

function nearest(candidates: readonly BuiltFile[] = [], { length }: BuiltFile): BuiltFile[] {
  const distance = (each: BuiltFile): number => Math.abs(each.length - length);
  return candidates
    .toSorted((a, b) => distance(a) - distance(b) || compare(a.path, b.path))
    .slice(0, MOST_GUESSES);
}

function matches(pattern: PathPattern, { path }: BuiltFile): boolean {
  return pattern.test(`/${path}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
