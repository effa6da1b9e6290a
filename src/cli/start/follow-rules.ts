import { stat } from "node:fs/promises";
import { namedFiles, type RulesInForce } from "../../runtime/rules-in-force.ts";
import type { Log } from "../../telemetry/log.ts";
import { pathBeside, readRulesText, readText, fileReader } from "../rules-file.ts";

/**
 * Offers the rules of a file whenever it, or the bot table or a document that it names, has changed,
 * and on demand, since other files that the rules name may have changed; one after the other.
 */
export function followRules(
  file: string,
  inForce: RulesInForce,
  log: Log,
): { readonly reload: () => void; readonly stop: () => Promise<void> } {
  const { features } = inForce;
  let named = namedFiles(readText(file) ?? "", features);
  let last: Promise<unknown> = Promise.resolve();
  const read = async (anew: boolean): Promise<void> => {
    // Throws with the reason if the file can't be read; the last valid rules remain in force.
    const text = readRulesText(file);
    const { table = named.table, documents } = namedFiles(text, features);
    named = { table, documents: documents.length === 0 ? named.documents : documents };
    await inForce.offer({ text, readFile: fileReader(file) }, anew);
  };
  const enqueue = (anew: boolean): void => {
    last = last
      .then(() => read(anew))
      .catch((error: unknown) => log.warn("rules-refused", { error: String(error) }));
  };
  // The file may have changed while the proxy started.
  enqueue(false);
  const paths = (): string[] => {
    const { table, documents } = named;
    const others = [...(table === undefined ? [] : [table]), ...documents];
    return [file, ...others.map((each) => pathBeside(file, each))];
  };
  const watch = watchFiles(paths, () => enqueue(false));
  return {
    reload: () => enqueue(true),
    stop: async () => {
      clearInterval(watch);
      await last;
    },
  };
}

/** Milliseconds between two polls of the files; a change takes effect within two polls. */
const INTERVAL = 500;

/**
 * Calls `onChange` if files have changed and then not again for one interval. It polls, which also
 * finds files that an editor replaced by renaming, and links with a new target.
 *
 * @param paths called at every poll, since one file may name another
 */
function watchFiles(paths: () => readonly string[], onChange: () => void): NodeJS.Timeout {
  let settled: string | undefined;
  let last: string | undefined;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const seen = (await Promise.all(paths().map(signatureOf))).join("\n");
    isLooking = false;
    settled ??= seen;
    // A file that is written in two steps is not read between them.
    if (seen !== settled && seen === last) {
      settled = seen;
      onChange();
    }
    last = seen;
  };
  void look();
  const timer = setInterval(() => void look(), INTERVAL);
  return timer.unref();
}

async function signatureOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${path} ${ino} ${size} ${mtimeNs}`;
  } catch {
    return path;
  }
}
