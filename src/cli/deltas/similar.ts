import { similarity, sketchOf, type Sketch } from "../../features/compression/auto/sketch.ts";
import type { Pair } from "./pair.ts";
import { readBytes, type BuiltFile } from "./walk.ts";

/** The share of common runs of bytes from which an old file counts as an older version. */
const LEAST_SIMILARITY = 0.1;

/** An older version has at least this share of the length, and at most its inverse. */
const LEAST_LENGTH = 0.25;

/** Old files of one extension that are compared with a new one, at most: those nearest in size. */
const MOST_COMPARED = 1000;

/**
 * The new contents that no pair has: neither an old build has them, nor an older version by name.
 */
export function withoutPair(
  files: readonly BuiltFile[],
  olds: readonly (readonly BuiltFile[])[],
  pairs: readonly Pair[],
): BuiltFile[] {
  const done = new Set(pairs.map(({ file }) => file.hash));
  for (const { hash } of olds.flat()) done.add(hash);
  return files.filter(({ hash }) => !done.has(hash));
}

/**
 * Pairs files with the old file of the same extension whose content is most similar, for names that
 * are nothing but a hash.
 *
 * @param files without a pair by name
 * @param current all files of the new build, which are no older versions
 */
export async function pairSimilar(
  files: readonly BuiltFile[],
  olds: readonly (readonly BuiltFile[])[],
  current: readonly BuiltFile[],
): Promise<Pair[]> {
  const present = new Set(current.map(({ hash }) => hash));
  const sketches = new Map<string, Sketch>();
  const sketch = async ({ hash, place }: BuiltFile): Promise<Sketch> => {
    const known = sketches.get(hash) ?? (await sketchOf(await readBytes(place)));
    sketches.set(hash, known);
    return known;
  };
  const pairs: Pair[] = [];
  for (const old of olds) {
    const byExtension = Map.groupBy(
      old.filter(({ hash }) => !present.has(hash)),
      ({ path }) => extensionOf(path),
    );
    for (const file of files) {
      const candidates = nearIn(file, byExtension.get(extensionOf(file.path)) ?? []);
      const own = candidates.length === 0 ? undefined : await sketch(file);
      let best: { readonly from: BuiltFile; readonly score: number } | undefined;
      for (const from of candidates) {
        const score = own === undefined ? 0 : similarity(own, await sketch(from));
        if (score >= LEAST_SIMILARITY && score > (best?.score ?? 0)) best = { from, score };
      }
      if (best !== undefined) pairs.push({ file, from: best.from });
    }
  }
  return pairs;
}

function nearIn({ length }: BuiltFile, candidates: readonly BuiltFile[]): BuiltFile[] {
  const distance = (each: BuiltFile): number => Math.abs(each.length - length);
  return candidates
    .filter((each) => each.length >= length * LEAST_LENGTH && each.length * LEAST_LENGTH <= length)
    .toSorted((a, b) => distance(a) - distance(b))
    .slice(0, MOST_COMPARED);
}

/** The extension with its dot; empty if there is none. */
export function extensionOf(path: string): string {
  return /\.[a-z0-9]{1,16}$/i.exec(path)?.[0].toLowerCase() ?? "";
}
