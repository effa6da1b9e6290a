import type { TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { insideOf, type Range } from "./around.ts";
import { NONE, OPEN, TEXT, type Tape } from "./tape.ts";

/** What is read instead of what an element contains: in a host, or in place of a slot. */
interface Content {
  readonly isHost: boolean;
  readonly ranges: readonly Range[];
}

/** Fills the slots of declarative shadow trees with the children of their hosts (DOM §4.2.2). */
export class Slots {
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  readonly #ofHosts = new Map<number, Map<string, Range[]>>();

  constructor(tape: Tape, attributes: TagAttributes) {
    this.#tape = tape;
    this.#attributes = attributes;
  }

  /** Other content of a host or a slot; undefined if it has none, "later" while it is not recorded. */
  contentOf(element: number, { role, name }: ElementKind): Content | "later" | undefined {
    const tape = this.#tape;
    if (tape.shadows.size === 0) return undefined;
    const shadow = role === "shadow" ? undefined : tape.shadows.get(element);
    if (shadow === undefined && name !== "slot") return undefined;
    if (!tape.isClosed(element)) return "later";
    if (shadow !== undefined) return { isHost: true, ranges: [insideOf(tape, shadow)] };
    const ranges = this.#fill(element);
    return ranges.length > 0 ? { isHost: false, ranges } : undefined;
  }

  /** The content for a slot, once; empty if the slot shows its own. */
  #fill(slot: number): readonly Range[] {
    const host = this.#hostOf(slot);
    if (host === NONE) return [];
    let ranges = this.#ofHosts.get(host);
    if (ranges === undefined) {
      ranges = this.#assign(host);
      this.#ofHosts.set(host, ranges);
    }
    const name = this.#tape.readAttributes(slot, this.#attributes).get("name") ?? "";
    const found = ranges.get(name) ?? [];
    ranges.delete(name);
    return found;
  }

  #hostOf(slot: number): number {
    const tape = this.#tape;
    let parent = tape.parentOf(slot);
    while (parent !== NONE && tape.kindOf(parent).role !== "shadow") parent = tape.parentOf(parent);
    return parent === NONE ? NONE : tape.parentOf(parent);
  }

  #assign(host: number): Map<string, Range[]> {
    const tape = this.#tape;
    const ranges = new Map<string, Range[]>();
    const end = tape.endOf(host);
    let at = tape.startOf(host) + 1;
    while (at < end) {
      const entry = tape.entryAt(at);
      const start = at;
      at += 1;
      let name: string | undefined;
      if ((entry & 3) === OPEN) {
        const element = entry >> 2;
        at = tape.after(element);
        if (tape.kindOf(element).role !== "shadow") {
          name = tape.readAttributes(element, this.#attributes).get("slot") ?? "";
        }
      } else if ((entry & 3) === TEXT) name = "";
      if (name === undefined) continue;
      const range = { start, end: at };
      const others = ranges.get(name);
      if (others === undefined) ranges.set(name, [range]);
      else others.push(range);
    }
    return ranges;
  }
}
