import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";

/** The most bytes of a file that are read: more than a document may have, in any encoding of its characters. */
const MOST = 4 * 1024 * 1024;

/**
 * Reads a document in a folder, of which all may become public: a link that leads out of the folder is
 * not followed, and only regular files are read. Undefined if there is none.
 */
export function readDocument(folder: string, named: string): string | undefined {
  let file: number | undefined;
  try {
    const path = realpathSync(join(folder, named));
    if (!path.startsWith(realpathSync(folder) + sep)) return undefined;
    // Without O_NONBLOCK, a pipe would block the process.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (!fstatSync(file).isFile()) return undefined;
    const bytes = Buffer.alloc(Math.min(fstatSync(file).size, MOST));
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, length);
    }
    return bytes.toString("utf8", 0, length);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
