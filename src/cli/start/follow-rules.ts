import { namedFiles, type RulesInForce } from "../../runtime/rules-in-force.ts";
import type { Log } from "../../telemetry/log.ts";
import { pathBeside, readRulesText, readText, fileReader } from "../rules-file.ts";
import { watchFiles } from "./watch-files.ts";

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
