import type { MarkdownEngine } from "../../feature/parts.ts";
import type { MarkdownPolicy } from "./policy.ts";

/** Loads the turndown engine. */
export type LoadTurndown = () => Promise<MarkdownEngine>;

/** The engines of a runtime; turndown is loaded on first use. */
export class Engines {
  readonly #standard: MarkdownEngine;
  readonly #load: LoadTurndown | undefined;
  #turndown: MarkdownEngine | undefined;

  constructor(standard: MarkdownEngine, load: LoadTurndown | undefined) {
    this.#standard = standard;
    this.#load = load;
  }

  /** The engine that a rule names, or the default one if the runtime lacks it. */
  for({ engine }: Pick<MarkdownPolicy, "engine">): MarkdownEngine | Promise<MarkdownEngine> {
    if (engine === "stream" || this.#load === undefined) return this.#standard;
    return this.#turndown ?? this.#load().then((loaded) => (this.#turndown = loaded));
  }
}
