const LONGEST_TAIL = 2048;
const TAIL_LENGTH = 64;

/** Markup at the end of a text that is one piece: a link, an image, code. */
export interface Piece {
  readonly start: number;
  /** Where emphasis may be written inside it, as offsets from the start; of links only. */
  readonly inside: readonly [start: number, end: number] | undefined;
}

/** Text that grows at its end. Only its tail changes, so that long lines are joined once. */
export class Growing {
  #settled = "";
  #tail = "";
  /** The text that was appended last, or the empty string. */
  #end = "";
  #last = "";
  #lastAt = -1;
  #piece: Piece | undefined;
  #pieceEnd = 0;

  get isEmpty(): boolean {
    return this.#tail === "";
  }

  get length(): number {
    return this.#settled.length + this.#tail.length;
  }

  /** The first characters of a short text. */
  get head(): string {
    return (this.#settled === "" ? this.#tail : this.#settled).slice(0, 8);
  }

  /** The last characters, or all of a short text. */
  get tail(): string {
    return this.#tail;
  }

  /** The last character, not counting markers of emphasis. */
  get last(): string {
    if (this.#lastAt === this.length) return this.#last;
    // A slice of the tail would join its parts.
    return this.#end.length > 1 ? this.#end.slice(-2) : this.#tail.slice(-2);
  }

  /** The markup with which the text ends. */
  get lastPiece(): Piece | undefined {
    return this.#pieceEnd === this.length ? this.#piece : undefined;
  }

  /** The plain text at the end, after any markup; at most so many characters of it. */
  lastWords(longest: number): string {
    const since = Math.min(longest, this.length - Math.max(this.#pieceEnd, this.#lastAt));
    return since <= 0 ? "" : this.#tail.slice(-since);
  }

  append(text: string): void {
    this.#tail += text;
    this.#end = text;
    if (this.#tail.length <= LONGEST_TAIL) return;
    this.#settled += this.#tail.slice(0, -TAIL_LENGTH);
    this.#tail = this.#tail.slice(-TAIL_LENGTH);
  }

  /** Appends markup that is one piece. */
  appendPiece(before: string, markup: string): void {
    const start = this.length + before.length;
    this.append(before + markup);
    this.#endPiece(start, undefined);
  }

  #endPiece(start: number, inside: Piece["inside"]): void {
    this.#piece = { start, inside };
    this.#pieceEnd = this.length;
  }

  /** Appends another text between two markers. */
  #wrap(opening: string, inner: Growing, closing: string): void {
    if (inner.#settled === "") {
      this.append(opening + inner.#tail + closing);
      return;
    }
    this.#settled += this.#tail + opening + inner.#settled;
    this.#tail = inner.#tail;
    this.append(closing);
  }

  /** Appends another text between two markers, as one piece. @param isOpen whether emphasis may be inside */
  wrap(before: string, opening: string, inner: Growing, closing: string, isOpen: boolean): void {
    const start = this.length + before.length;
    const { length } = inner;
    this.#wrap(before + opening, inner, closing);
    this.#endPiece(start, isOpen ? [opening.length, opening.length + length] : undefined);
  }

  /** Appends another text between markers of emphasis, which `last` ignores. */
  emphasize(before: string, marker: string, inner: Growing): void {
    const { last } = inner;
    this.#wrap(before + marker, inner, marker);
    this.#last = last;
    this.#lastAt = this.length;
  }

  /** Replaces the last characters. */
  replaceEnd(count: number, text: string): void {
    this.#tail = this.#tail.slice(0, -count) + text;
    this.#end = "";
  }

  toString(): string {
    return this.#settled + this.#tail;
  }
}
