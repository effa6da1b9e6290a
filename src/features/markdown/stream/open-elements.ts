import type { ElementKind } from "./elements.ts";

/** The deepest element with an effect; the text of deeper ones belongs to their ancestors. */
const DEEPEST = 512;

/** Undoes the effect of an element's start. */
export type Closer = (() => void) | undefined;

/** The stack of open elements, each with its closer; bounded. */
export class OpenElements {
  readonly #kinds: ElementKind[] = [];
  readonly #closers: Closer[] = [];
  #overflow = 0;
  #links = 0;

  get depth(): number {
    return this.#kinds.length;
  }

  get isFull(): boolean {
    return this.#kinds.length >= DEEPEST;
  }

  push(kind: ElementKind, closer: Closer): void {
    const { length } = this.#kinds;
    this.#kinds[length] = kind;
    this.#closers[length] = closer;
    if (kind.role === "link") this.#links += 1;
  }

  /** Counts an element beyond the bound. */
  overflow(): void {
    this.#overflow += 1;
  }

  /** Closes the elements that a start tag closes. */
  closeImplied(kind: ElementKind): void {
    if (kind.isBlock) this.#closeParagraph();
    if (kind.role === "heading") {
      if (this.#kinds.at(-1)?.role === "heading") this.popTo(this.depth - 1);
      return;
    }
    if (kind.ends !== undefined) this.#closeEnded(kind, kind.ends);
  }

  #closeEnded(kind: ElementKind, ends: ReadonlySet<string>): void {
    const isLink = kind.role === "link";
    if (isLink && this.#links === 0) return;
    for (let i = this.depth - 1; i >= 0; i--) {
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
    for (let i = this.depth - 1; i >= 0; i--) {
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
    for (let i = this.depth - 1; i >= 0; i--) {
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

  /** Closes formatting around blocks that stay open. */
  #closeFormat(index: number): void {
    const closer = this.#closers[index];
    if (this.#kinds[index]?.role === "link") this.#links -= 1;
    this.#kinds.splice(index, 1);
    this.#closers.splice(index, 1);
    closer?.();
  }

  popTo(depth: number): void {
    while (this.#kinds.length > depth) {
      if (this.#kinds.pop()?.role === "link") this.#links -= 1;
      this.#closers.pop()?.();
    }
    if (!this.isFull) this.#overflow = 0;
  }
}
