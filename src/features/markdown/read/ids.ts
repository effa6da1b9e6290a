import type { TagAttributes } from "../stream/attributes.ts";
import { NONE, type Tape } from "./tape.ts";

const LONGEST = 200;
const MOST = 100_000;

/** The elements of a page by id. Read from the tape once a page needs it, and then as it grows. */
export class Ids {
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  readonly #elements = new Map<string, number>();
  #read = 0;

  constructor(tape: Tape, attributes: TagAttributes) {
    this.#tape = tape;
    this.#attributes = attributes;
  }

  /** The first element so far with an id, or the anchor with that name; else `NONE`. */
  find(id: string): number {
    this.#readOn();
    return this.#elements.get(id) ?? NONE;
  }

  #readOn(): void {
    const tape = this.#tape;
    for (; this.#read < tape.elementCount; this.#read++) {
      if (tape.isBare(this.#read)) continue;
      const attributes = tape.readAttributes(this.#read, this.#attributes);
      this.#add(attributes.get("id"));
      if (tape.kindOf(this.#read).role === "link") this.#add(attributes.get("name"));
    }
  }

  #add(id: string | undefined): void {
    if (id === undefined || id === "" || id.length > LONGEST) return;
    if (this.#elements.size < MOST && !this.#elements.has(id)) this.#elements.set(id, this.#read);
  }
}

/** The id that a reference points at in its own page; empty if it has no fragment. */
export function fragmentOf(href: string): string {
  const mark = href.indexOf("#");
  if (mark < 0 || href.length - mark > LONGEST * 3) return "";
  const fragment = href.slice(mark + 1).trim();
  if (!fragment.includes("%")) return fragment;
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
