import { watchFiles } from "../../runtime/node/watch-files.ts";
import { namedTable, type RulesInForce } from "../../runtime/rules-in-force.ts";
import type { Log } from "../../telemetry/log.ts";
import { pathBeside, readRulesText, readText, tableReader } from "../rules-file.ts";

/**
 * Offers the rules of a file whenever it, or the bot table that it names, has changed, and on
 * demand, since what the rules only name may have changed; one after the other.
 */
export function followRules(
  file: string,
  inForce: RulesInForce,
  log: Log,
): { readonly reload: () => void; readonly stop: () => Promise<void> } {
  const { features } = inForce;
  let table = namedTable(readText(file) ?? "", features);
  let last: Promise<unknown> = Promise.resolve();
  const read = async (anew: boolean): Promise<void> => {
    // Throws with the reason if the file can't be read; the last valid rules remain in force.
    const text = readRulesText(file);
    table = namedTable(text, features) ?? table;
    await inForce.offer({ text, readTable: tableReader(file) }, anew);
  };
  const enqueue = (anew: boolean): void => {
    last = last
      .then(() => read(anew))
      .catch((error: unknown) => log.warn("rules-refused", { error: String(error) }));
  };
  // The file may have changed while the proxy started.
  enqueue(false);
  const paths = (): string[] => (table === undefined ? [file] : [file, pathBeside(file, table)]);
  const watch = watchFiles(paths, () => enqueue(false));
  return {
    reload: () => enqueue(true),
    stop: async () => {
      watch.stop();
      await last;
    },
  };
}
