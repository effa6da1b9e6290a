import type { MarkdownEngine } from "./engine.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** Gives the engine that turns pages into markdown on turndown. */
export type LoadTurndown = () => Promise<MarkdownEngine>;

/** The engines of a runtime; the second one is loaded once a page wants it. */
export class Engines {
  readonly #standard: MarkdownEngine;
  readonly #load: LoadTurndown | undefined;
  #turndown: MarkdownEngine | undefined;

  constructor(standard: MarkdownEngine, load: LoadTurndown | undefined) {
    this.#standard = standard;
    this.#load = load;
  }

  /** The engine that a rule names; the standard one where this runtime lacks it. */
  for({ engine }: Pick<MarkdownPolicy, "engine">): MarkdownEngine | Promise<MarkdownEngine> {
    if (engine === "stream" || this.#load === undefined) return this.#standard;
    return this.#turndown ?? this.#load().then((loaded) => (this.#turndown = loaded));
  }
}
