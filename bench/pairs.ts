// Pairs of versions of npm packages, fetched once and stored in a cache folder.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Pair {
  readonly id: string;
  readonly package: string;
  readonly old: string;
  readonly new: string;
  readonly file: string;
  /** The file is cut to this many bytes. */
  readonly bytes?: number;
  /** SHA-256 of the old and the new file, in hexadecimal. */
  readonly sha256?: readonly [old: string, new: string];
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
  if (!existsSync(file)) fetchPackage(pair, version, cache, folder);
  const expected = pair.sha256?.[version === pair.old ? 0 : 1];
  const found = () => createHash("sha256").update(readFileSync(file)).digest("hex");
  if (expected !== undefined && found() !== expected) throw new Error(`${file} has another hash`);
  if (pair.bytes === undefined) return file;
  const cut = `${file}.${pair.bytes}`;
  if (!existsSync(cut)) writeFileSync(cut, readFileSync(file).subarray(0, pair.bytes));
  return cut;
}

function fetchPackage(pair: Pair, version: string, cache: string, folder: string): void {
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
