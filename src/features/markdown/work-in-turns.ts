import type { MarkdownConverter } from "../../feature/parts.ts";
import type { Awaitable } from "../../timing/and-then.ts";
import { nextTurn } from "../../timing/turns.ts";

/** Does the work that a converter has left; in turns, if it is much. */
export function workInTurns(converter: MarkdownConverter): Awaitable<void> {
  if (converter.work?.() !== true) return undefined;
  return (async () => {
    do await nextTurn();
    while (converter.work?.() === true);
  })();
}
