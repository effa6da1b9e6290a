import { bareSign } from "./page-notes.ts";

/** Characters at the start of a note in which its sign is. */
const LONGEST = 60;
/** Elements at the start of a note that may be its sign. */
const MOST_ELEMENTS = 20;

/** Passes over the number or sign at the start of a note, which its label repeats. */
export class NoteSign {
  /** Whether text of the note was read, so that no sign can follow. */
  isOver = true;
  #sign = "";
  #isSkipped = false;
  #elements = 0;

  /** @param sign the text of the reference, without brackets */
  begin(sign: string): void {
    this.#sign = sign.toLowerCase();
    this.isOver = false;
    this.#isSkipped = false;
    this.#elements = 0;
  }

  /** Whether the next element may be the sign. */
  get isExpected(): boolean {
    return !this.isOver && this.#sign !== "" && this.#elements < MOST_ELEMENTS;
  }

  /** Whether the text of an element is the sign alone. */
  skip(text: string): boolean {
    this.#elements += 1;
    if (this.#sign === "" || bareSign(text).toLowerCase() !== this.#sign) return false;
    this.#isSkipped = true;
    return true;
  }

  /** Where a part of a string begins after the sign, or its brackets. */
  after(source: string, start: number, end: number): number {
    if (this.isOver) return start;
    const text = source.slice(start, Math.min(end, start + LONGEST));
    const length = this.#isSkipped ? closingLength(text) : this.#signLength(text);
    if (text.slice(length).trim() !== "") this.isOver = true;
    return start + length;
  }

  /** The length of the sign with brackets, or of an opening bracket alone. */
  #signLength(text: string): number {
    const opening = /^\s*[[(]?/.exec(text)?.[0] ?? "";
    const rest = text.slice(opening.length);
    if (rest.trim() === "") return text.length;
    if (this.#sign === "" || !rest.toLowerCase().startsWith(this.#sign)) return 0;
    const closing = /^(?:[\])]+[.:]?\s*|[.:]\s+)/.exec(rest.slice(this.#sign.length))?.[0];
    return closing === undefined ? 0 : opening.length + this.#sign.length + closing.length;
  }
}

function closingLength(text: string): number {
  return /^\s*[\])]?[.:)]?\s*/.exec(text)?.[0].length ?? 0;
}
