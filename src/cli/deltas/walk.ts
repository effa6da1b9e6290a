import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { sha256, toHex } from "../../http/digest.ts";
import { UsageError } from "../usage.ts";

/** A file of a build. */
export interface BuiltFile {
  /** The path in the folder, with "/" as separator. */
  readonly path: string;
  /** The path in the file system. */
  readonly place: string;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
  readonly length: number;
}

/** Bytes of a file, at least; for smaller ones, a delta with its header saves nothing. */
const LEAST = 512;

const MOST_FILES = 50_000;
/** Bytes of a file, at most: several encoders have it and its older version in memory at once. */
export const MOST_BYTES = 16 * 1024 * 1024;

/** Extensions of files that are compressed already. */
const COMPRESSED =
  /\.(?:avif|br|bz2|gif|gz|jpe?g|jxl|m4a|mov|mp3|mp4|ogg|png|rar|webm|webp|woff2?|xz|zip|zst)$/i;

/** A file of the new build. */
export interface NewFile {
  /** The path in the folder, with "/" as separator. */
  readonly path: string;
  readonly length: number;
}

/**
 * Lists the files of a folder that can have a delta, by path. Follows links that stay in the
 * folder.
 *
 * @param onLarge called for each file that is too large
 */
export async function walkBuild(
  folder: string,
  onLarge: (file: NewFile) => void = () => {},
): Promise<BuiltFile[]> {
  let root: string;
  try {
    root = await realpath(folder);
    if (!(await stat(root)).isDirectory()) throw new Error("no folder");
  } catch {
    throw new UsageError(`${folder} is not a readable folder`);
  }
  const files: BuiltFile[] = [];
  const seen = new Set<string>();
  const queue = [root];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const real = await realpath(at);
    if (seen.has(real)) continue;
    seen.add(real);
    for (const { name } of await readdir(at, { withFileTypes: true })) {
      const place = join(at, name);
      const found = await inside(root, place);
      if (found === undefined) continue;
      if (found.isDirectory()) queue.push(place);
      else if (found.isFile() && found.size >= LEAST) {
        const path = relative(root, place).replaceAll(sep, "/");
        if (COMPRESSED.test(path)) continue;
        if (found.size > MOST_BYTES) {
          onLarge({ path, length: found.size });
          continue;
        }
        const content = await readBytes(place);
        const hash = toHex(await sha256(content));
        files.push({ path, place, hash, length: content.length });
        if (files.length > MOST_FILES)
          throw new UsageError(`${folder} has more than ${MOST_FILES} files`);
      }
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The file at a path, with links followed; undefined if it is missing or outside of the folder. */
async function inside(root: string, place: string) {
  try {
    const real = await realpath(place);
    return real.startsWith(root + sep) ? await stat(real) : undefined;
  } catch {
    return undefined;
  }
}

export async function readBytes(place: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(place));
}
