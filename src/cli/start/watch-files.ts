import { statSync, type BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

/** Milliseconds between two polls of the files; a change takes effect within two polls. */
const INTERVAL = 500;

/**
 * Calls `onChange` if files have changed and then not again for one interval. It polls, which also
 * finds files that an editor replaced by renaming, and links with a new target.
 *
 * @param paths called at every poll, since one file may name another
 */
export function watchFiles(paths: () => readonly string[], onChange: () => void): NodeJS.Timeout {
  // At once, so that no change after the caller has read the files is missed.
  let settled = paths().map(signatureNow).join("\n");
  let last: string | undefined;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const seen = (await Promise.all(paths().map(signatureOf))).join("\n");
    isLooking = false;
    // A file that is written in two steps is not read between them.
    if (seen !== settled && seen === last) {
      settled = seen;
      onChange();
    }
    last = seen;
  };
  const timer = setInterval(() => void look(), INTERVAL);
  return timer.unref();
}

async function signatureOf(path: string): Promise<string> {
  try {
    return described(path, await stat(path, { bigint: true }));
  } catch {
    return path;
  }
}

function signatureNow(path: string): string {
  try {
    return described(path, statSync(path, { bigint: true }));
  } catch {
    return path;
  }
}

function described(path: string, { ino, size, mtimeNs }: BigIntStats): string {
  return `${path} ${ino} ${size} ${mtimeNs}`;
}
