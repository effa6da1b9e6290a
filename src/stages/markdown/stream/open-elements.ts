import type { ElementKind } from "./elements.ts";

/** Elements beyond this depth have no effect of their own; their text is kept. */
const DEEPEST = 512;

/** Undoes what the start of an element did. */
export type Closer = (() => void) | undefined;

/** Elements that a start tag ends, and where the search for them stops (HTML §13.2.6.4.7). */
const IMPLIED_ENDS: Record<string, readonly [ends: readonly string[], stops: readonly string[]]> = {
  li: [["li"], ["ul", "ol", "menu", "dir"]],
  dt: [["dt", "dd"], ["dl"]],
  dd: [["dt", "dd"], ["dl"]],
  tr: [["tr"], ["table"]],
  td: [
    ["td", "th"],
    ["table", "tr"],
  ],
  th: [
    ["td", "th"],
    ["table", "tr"],
  ],
  thead: [["thead", "tbody", "tfoot", "caption", "colgroup"], ["table"]],
  tbody: [["thead", "tbody", "tfoot", "caption", "colgroup"], ["table"]],
  tfoot: [["thead", "tbody", "tfoot", "caption", "colgroup"], ["table"]],
  option: [["option"], ["select", "datalist"]],
  optgroup: [["option", "optgroup"], ["select"]],
  rt: [["rt", "rp"], ["ruby"]],
  rp: [["rt", "rp"], ["ruby"]],
  a: [["a"], []],
};
const TABLE_PARTS = new Set(["table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"]);
const SCOPES = new Set(["table", "td", "th", "caption"]);

/** The stack of open elements: bounded, each with what its end has to undo. */
export class OpenElements {
  readonly #kinds: ElementKind[] = [];
  readonly #closers: Closer[] = [];
  #overflow = 0;

  get depth(): number {
    return this.#kinds.length;
  }

  get isFull(): boolean {
    return this.#kinds.length >= DEEPEST;
  }

  push(kind: ElementKind, closer: Closer): void {
    this.#kinds.push(kind);
    this.#closers.push(closer);
  }

  /** Counts an element that found no place. */
  overflow(): void {
    this.#overflow += 1;
  }

  /** Ends what the start of such an element ends. */
  closeImplied(kind: ElementKind): void {
    if (kind.isBlock) this.#closeParagraph();
    if (kind.role === "heading") {
      if (this.#kinds.at(-1)?.role === "heading") this.popTo(this.depth - 1);
      return;
    }
    const implied = IMPLIED_ENDS[kind.name];
    if (implied === undefined) return;
    const [ends, stops] = implied;
    for (let i = this.depth - 1; i >= 0; i--) {
      const { name } = this.#kinds[i] as ElementKind;
      if (ends.includes(name)) {
        if (kind.name === "a") this.#closeFormat(i);
        else this.popTo(i);
        return;
      }
      if (stops.includes(name) || (name === "table" && kind.name !== "a") || SCOPES.has(name)) {
        if (!stops.includes(name) && TABLE_PARTS.has(kind.name) && name !== "table") continue;
        return;
      }
    }
  }

  #closeParagraph(): void {
    for (let i = this.depth - 1; i >= 0; i--) {
      const kind = this.#kinds[i] as ElementKind;
      if (kind.role === "paragraph") {
        this.popTo(i);
        return;
      }
      if (kind.isBlock || kind.role === "skip" || kind.role === "button") return;
    }
  }

  /** Handles an end tag; true when an element was ended by it. */
  close(kind: ElementKind): boolean {
    if (this.#overflow > 0 && this.isFull) {
      this.#overflow -= 1;
      return false;
    }
    const isTablePart = TABLE_PARTS.has(kind.name);
    let crossesBlock = false;
    for (let i = this.depth - 1; i >= 0; i--) {
      const open = this.#kinds[i] as ElementKind;
      if (open.name === kind.name) {
        if (crossesBlock && (kind.role === "format" || kind.role === "link")) this.#closeFormat(i);
        else this.popTo(i);
        return true;
      }
      if (isTablePart ? open.name === "table" : SCOPES.has(open.name)) return false;
      if (open.isBlock) crossesBlock = true;
      // An inline end tag reaches no further than its block.
      if (open.isBlock && kind.role === "inline") return false;
    }
    return false;
  }

  /** Ends formatting that was opened outside of blocks that stay open. */
  #closeFormat(index: number): void {
    const closer = this.#closers[index];
    this.#kinds.splice(index, 1);
    this.#closers.splice(index, 1);
    closer?.();
  }

  popTo(depth: number): void {
    while (this.#kinds.length > depth) {
      this.#kinds.pop();
      this.#closers.pop()?.();
    }
    if (!this.isFull) this.#overflow = 0;
  }
}
