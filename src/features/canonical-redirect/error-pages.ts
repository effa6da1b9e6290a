import * as v from "valibot";
import { IndexCache } from "../../cache/index-cache.ts";
import type { IndexStore } from "../../store/store.ts";
import type { SketchedPage } from "./text-sketch.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";
import { inventNear, type Invented } from "./invented.ts";

/** How a part of a site answers for addresses that do not exist. */
const control = v.strictObject({
  /** Seconds since the epoch. */
  at: v.number(),
  /** Its error page, if it sends that with 200. */
  error: v.optional(v.strictObject({ title: v.string(), pattern: v.string(), sketch: v.string() })),
});

export type Control = v.InferOutput<typeof control>;

/** Seconds for which a control is valid. */
const VALID_FOR = 3600;

/** The known error pages of a site that have status 200, by the part of the site. */
export class ErrorPages {
  readonly #controls: IndexCache<Control>;
  readonly #now: () => number;

  /** @param now seconds since the epoch */
  constructor(index: IndexStore, now: () => number) {
    this.#now = now;
    this.#controls = new IndexCache({
      kind: "canonical-control",
      index,
      schema: control,
      name: "canonicals",
      max: 4096,
      sizeOf: ({ error }) => 100 + 2 * (error?.title.length ?? 0) + (error?.sketch.length ?? 0),
      writtenAt: ({ at }) => at,
      onFault: () => {},
    });
  }

  /** The control for a page, in memory; undefined if it is not known. */
  peek(page: URL): Control | undefined {
    return this.#valid(this.#controls.peek(inventNear(page, "").key));
  }

  /** Whether memory has what the store has, by a recent lookup. */
  isLoaded(page: URL): boolean {
    const { key } = inventNear(page, "");
    return this.#valid(this.#controls.peek(key)) !== undefined || this.#controls.isAbsent(key);
  }

  /** The control for a page, in memory or in the store. */
  find(page: URL): Awaitable<Control | undefined> {
    return andThen(this.#controls.find(inventNear(page, "").key), (found) => this.#valid(found));
  }

  /** An address that does not exist, to be requested for a control. */
  invent(page: URL): Invented {
    return inventNear(page, crypto.randomUUID().slice(0, 8));
  }

  /** Remembers how the site answered for an invented address; resolves once the store has it. */
  learn({ key }: Invented, error: SketchedPage | undefined): Promise<void> {
    const at = this.#now();
    const learnt: Control = error === undefined ? { at } : { at, error: { ...error } };
    this.#controls.set(key, learnt, at);
    return this.#controls.write(key, learnt, VALID_FOR);
  }

  #valid(found: Control | undefined): Control | undefined {
    return found !== undefined && this.#now() - found.at < VALID_FOR ? found : undefined;
  }
}
