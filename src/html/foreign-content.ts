import { isNameAt } from "./attributes.ts";

/** Elements of HTML that end SVG and MathML if they stand in it (HTML §13.2.6.5). */
const BREAKOUTS = new Set(
  (
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing " +
    "menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var"
  ).split(" "),
);

/** Knows whether a position is inside SVG or MathML, from the tags before it. */
export class ForeignContent {
  #foreign = 0;
  /** Elements in it whose content is HTML. */
  #html = 0;

  get isForeign(): boolean {
    return this.#foreign > this.#html;
  }

  /** Reads a start tag; whether its element is SVG or MathML, in which a slash ends an element. */
  open(source: string, start: number, end: number, selfClosing: boolean): boolean {
    if (isRoot(source, start, end)) {
      if (!selfClosing) this.#foreign += 1;
      return true;
    }
    if (!this.isForeign) return false;
    if (isNameAt(source, start, end, "foreignobject")) {
      if (!selfClosing) this.#html += 1;
      return true;
    }
    const isBreakout = BREAKOUTS.has(source.slice(start, Math.min(end, start + 12)).toLowerCase());
    if (isBreakout) this.#foreign = this.#html;
    return !isBreakout;
  }

  close(source: string, start: number, end: number): void {
    if (this.#foreign === 0) return;
    if (isRoot(source, start, end)) {
      this.#foreign -= 1;
      this.#html = Math.min(this.#html, this.#foreign);
    } else if (this.#html > 0 && isNameAt(source, start, end, "foreignobject")) this.#html -= 1;
  }
}

function isRoot(source: string, start: number, end: number): boolean {
  const length = end - start;
  if (length === 3) return isNameAt(source, start, end, "svg");
  return length === 4 && isNameAt(source, start, end, "math");
}
