import type { ElementKind } from "../stream/elements.ts";
import { NONE, type Tape } from "./tape.ts";

/** The deepest element that is recorded; the text of deeper ones belongs to their ancestors. */
const DEEPEST = 512;

/** The stack of a page's open elements, which writes their ends to the tape; bounded. */
export class OpenElements {
  /** The number of open links, of elements without visible text, and of SVG and MathML. */
  links = 0;
  inert = 0;
  foreign = 0;
  readonly #tape: Tape;
  readonly #kinds: ElementKind[] = [];
  readonly #elements: number[] = [];
  #overflow = 0;

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  get isFull(): boolean {
    return this.#kinds.length >= DEEPEST;
  }

  get innermost(): number {
    return this.#elements[this.#elements.length - 1] ?? NONE;
  }

  push(kind: ElementKind, element: number): void {
    const { length } = this.#kinds;
    this.#kinds[length] = kind;
    this.#elements[length] = element;
    this.#count(kind, 1);
  }

  #count(kind: ElementKind, step: 1 | -1): void {
    if (kind.role === "link") this.links += step;
    else if (kind.isInert) this.inert += step;
    if (kind.isForeign) this.foreign += step;
  }

  /** Counts an element beyond the bound. */
  overflow(): void {
    this.#overflow += 1;
  }

  /** Closes the elements that a start tag closes. */
  closeImplied(kind: ElementKind): void {
    if (kind.isBlock) this.#closeParagraph();
    if (kind.role === "heading") {
      if (this.#kinds.at(-1)?.role === "heading") this.popTo(this.#kinds.length - 1);
      return;
    }
    if (kind.ends !== undefined) this.#closeEnded(kind, kind.ends);
  }

  #closeEnded(kind: ElementKind, ends: ReadonlySet<string>): void {
    const isLink = kind.role === "link";
    if (isLink && this.links === 0) return;
    for (let i = this.#kinds.length - 1; i >= 0; i--) {
      const open = this.#kinds[i] as ElementKind;
      if (ends.has(open.name)) {
        if (isLink) this.#closeFormat(i);
        else this.popTo(i);
        return;
      }
      if (kind.stops.has(open.name) || open.name === "table") return;
      // Parts of a table close each other through cells; other tags nothing outside of a cell.
      if (open.isScope && !kind.isTablePart) return;
    }
  }

  #closeParagraph(): void {
    for (let i = this.#kinds.length - 1; i >= 0; i--) {
      const kind = this.#kinds[i] as ElementKind;
      if (kind.role === "paragraph") {
        this.popTo(i);
        return;
      }
      if (kind.isBlock || kind.role === "skip" || kind.role === "button") return;
    }
  }

  /** Handles an end tag; true if it closed an element. */
  close(kind: ElementKind): boolean {
    if (this.#overflow > 0 && this.isFull) {
      this.#overflow -= 1;
      return false;
    }
    let crossesBlock = false;
    for (let i = this.#kinds.length - 1; i >= 0; i--) {
      const open = this.#kinds[i] as ElementKind;
      if (open.name === kind.name) {
        if (crossesBlock && (kind.role === "format" || kind.role === "link")) this.#closeFormat(i);
        else this.popTo(i);
        return true;
      }
      if (kind.isTablePart ? open.name === "table" : open.isScope) return false;
      if (open.isBlock) crossesBlock = true;
      // An inline end tag closes nothing outside of its block.
      if (open.isBlock && kind.role === "inline") return false;
    }
    return false;
  }

  /** Closes formatting around elements that stay open. */
  #closeFormat(index: number): void {
    const [kind] = this.#kinds.splice(index, 1);
    const [element] = this.#elements.splice(index, 1);
    for (let i = index; i < this.#elements.length; i++) {
      this.#tape.crossed.add(this.#elements[i] as number);
    }
    if (kind !== undefined) this.#count(kind, -1);
    if (element !== undefined) this.#tape.close(element);
  }

  popTo(depth: number): void {
    while (this.#kinds.length > depth) {
      const kind = this.#kinds.pop() as ElementKind;
      this.#count(kind, -1);
      this.#tape.close(this.#elements.pop() as number);
    }
    if (!this.isFull) this.#overflow = 0;
  }
}
