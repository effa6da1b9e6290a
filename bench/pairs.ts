// Pairs of versions of npm packages, fetched once and kept in a cache folder.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Pair {
  readonly id: string;
  readonly package: string;
  readonly old: string;
  readonly new: string;
  readonly file: string;
}

export const PAIRS_CACHE = join(tmpdir(), "wayleave-bench-pairs");

export function readPairs(
  file: string = new URL("dcb-pairs.json", import.meta.url).pathname,
): Pair[] {
  return JSON.parse(readFileSync(file, "utf8")) as Pair[];
}

/** Where one file of one version of a package is: in the cache folder, else it is fetched. */
export function fetchFile(pair: Pair, version: string, cache: string = PAIRS_CACHE): string {
  const folder = join(cache, `${pair.package.replace("/", "+")}@${version}`);
  const file = join(folder, "package", pair.file);
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  const packed = mkdtempSync(join(cache, "pack-"));
  execFileSync("npm", ["pack", "--silent", `${pair.package}@${version}`], {
    cwd: packed,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [archive] = readdirSync(packed);
  if (archive === undefined)
    throw new Error(`npm pack gave nothing for ${pair.package}@${version}`);
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", join(packed, archive), "-C", folder]);
  rmSync(packed, { recursive: true });
  return file;
}
