import type { MarkdownEngine } from "../../feature/parts.ts";
import type { Awaitable } from "../../timing/and-then.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** Loads the turndown engine. */
export type LoadTurndown = () => Promise<MarkdownEngine>;

/** Returns the engine that a rule names; the standard one if the runtime lacks that. */
export function engineChooser(
  standard: MarkdownEngine,
  load: LoadTurndown | undefined,
): (policy: Pick<MarkdownPolicy, "engine">) => Awaitable<MarkdownEngine> {
  let turndown: MarkdownEngine | undefined;
  return ({ engine }) => {
    if (engine === "stream" || load === undefined) return standard;
    return turndown ?? load().then((loaded) => (turndown = loaded));
  };
}
