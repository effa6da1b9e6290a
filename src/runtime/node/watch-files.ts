import { stat } from "node:fs/promises";

/**
 * Calls `onChange` once files differ from before and have stayed alike for one look. Looking, in place
 * of being told, sees editors that write a new file and rename it, and links that are pointed elsewhere.
 *
 * @param paths read at every look, since one file may name another
 * @param interval milliseconds between two looks
 */
export function watchFiles(
  paths: () => readonly string[],
  onChange: () => void,
  interval: number,
): { readonly stop: () => void } {
  let settled: string | undefined;
  let last: string | undefined;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const seen = (await Promise.all(paths().map(signatureOf))).join("\n");
    isLooking = false;
    settled ??= seen;
    // Who writes in two steps is not read between them.
    if (seen !== settled && seen === last) {
      settled = seen;
      onChange();
    }
    last = seen;
  };
  void look();
  const timer = setInterval(() => void look(), interval);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

async function signatureOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${path} ${ino} ${size} ${mtimeNs}`;
  } catch {
    return path;
  }
}
