import { type Attributes, GivenAttributes } from "../stream/attributes.ts";
import { type ElementKind, kindOf } from "../stream/elements.ts";
import type { PageSink } from "./page-sink.ts";
import type { Tape } from "./tape.ts";

const NO_ATTRIBUTES = new GivenAttributes([]);
const PARAGRAPH = kindOf("p");
const STRONG = kindOf("strong");
const RAISED = kindOf("sup");
const BLOCK = kindOf("div");

/** Begins and ends elements in a sink: those of the page, and some that it does not have. */
export class Output {
  readonly #tape: Tape;
  readonly #sink: PageSink;
  /** Elements of the page that have begun and not ended, innermost last. */
  readonly #open: number[] = [];
  #codeDepth = 0;
  /** The number of the last added element; these are negative. */
  #last = 0;
  /** Added elements by the element of the page that they are in, which ends after them. */
  readonly #inside = new Map<number, number>();

  constructor(tape: Tape, sink: PageSink) {
    this.#tape = tape;
    this.#sink = sink;
  }

  get isInCode(): boolean {
    return this.#codeDepth > 0;
  }

  /** The number of elements that have not ended. */
  get depth(): number {
    return this.#open.length;
  }

  begin(element: number, kind: ElementKind, attributes: Attributes): void {
    this.#open.push(element);
    if (this.#tape.kindOf(element).role === "pre") this.#codeDepth += 1;
    this.#sink.open(element, kind, attributes);
  }

  /** Begins an element of the page as a paragraph of strong text. */
  beginStrong(element: number): void {
    this.begin(element, PARAGRAPH, NO_ATTRIBUTES);
    this.#inside.set(element, this.#add(STRONG));
  }

  /** Ends an element, if it has begun. */
  end(element: number): void {
    const open = this.#open;
    const last = open.length - 1;
    if (open[last] === element) open.pop();
    else {
      const index = open.lastIndexOf(element);
      if (index < 0) return;
      open.splice(index, 1);
    }
    if (this.#tape.kindOf(element).role === "pre") this.#codeDepth -= 1;
    if (this.#inside.size > 0) this.#endInside(element);
    this.#sink.close(element);
  }

  #endInside(element: number): void {
    const inside = this.#inside.get(element);
    if (inside === undefined) return;
    this.#inside.delete(element);
    this.#sink.close(inside);
  }

  #add(kind: ElementKind, attributes: GivenAttributes = NO_ATTRIBUTES): number {
    this.#last -= 1;
    this.#sink.open(this.#last, kind, attributes);
    return this.#last;
  }

  /** Writes a paragraph of strong text. */
  label(text: string): void {
    const paragraph = this.#add(PARAGRAPH);
    const strong = this.#add(STRONG);
    this.#sink.text(text, 0, text.length);
    this.#sink.close(strong);
    this.#sink.close(paragraph);
  }

  /** Writes a reference to a note. */
  reference(label: string): void {
    const raised = this.#add(RAISED, new GivenAttributes([["data-wayleave-footnote", label]]));
    this.#sink.text(label, 0, label.length);
    this.#sink.close(raised);
  }

  /** Begins the text of a note. @returns its number */
  beginNote(label: string): number {
    return this.#add(BLOCK, new GivenAttributes([["data-wayleave-footnote", label]]));
  }

  /** Ends a note, and elements in it. @param depth the elements that were open before it */
  endNote(note: number, depth: number): void {
    while (this.#open.length > depth) this.end(this.#open[this.#open.length - 1] as number);
    this.#sink.close(note);
  }
}
