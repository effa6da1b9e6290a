// Pairs of versions of npm packages, fetched once and stored in a cache folder.
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

/** The path of a file of one version of a package; fetches it into the cache folder if it is missing. */
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

/** The pair's texts, repeated with changes up to this number of bytes. */
export function pairTexts(id: string, bytes: number): readonly [Buffer, Buffer] {
  const pair = readPairs().find((each) => each.id === id);
  if (pair === undefined) throw new Error(id);
  const [old, current] = [pair.old, pair.new].map((version) => {
    const text = readFileSync(fetchFile(pair, version));
    const parts: Buffer[] = [];
    for (let length = 0, i = 0; length < bytes; length += text.length, i++) {
      // The text must not be its own best source of matches.
      parts.push(Buffer.from(text.map((byte) => (i > 0 && byte > 96 ? byte ^ i : byte))));
    }
    return Buffer.concat(parts).subarray(0, bytes);
  });
  return [old as Buffer, current as Buffer];
}
