import { BANG, CLOSE_BRACKET, GREATER, OPEN_BRACKET, QUESTION } from "./characters.ts";

/** What stands in `<…>` and is no tag. A bogus comment is any other `<!…>`, `<?…>` or `</3…>`. */
export type MarkupKind = "comment" | "bogus" | "doctype" | "instruction";

/** Finds the `>` that ends a comment, a doctype or an instruction, which may come in pieces. */
export class MarkupEnd {
  readonly #isXml: boolean;
  #kind: MarkupKind = "bogus";
  /** Up to three characters from before this piece that may begin the end. */
  #tail = "";
  #isInSubset = false;
  /** The next `--!>` of a piece, which is searched once, not for each comment; -2 if it is not searched yet. */
  #bang = -2;

  constructor(isXml: boolean) {
    this.#isXml = isXml;
  }

  /** Begins a new piece. */
  enter(): void {
    this.#bang = -2;
  }

  begin(kind: MarkupKind): void {
    this.#kind = kind;
    this.#tail = "";
    this.#isInSubset = false;
  }

  /** The position of the `>`; -1 if it is not in this piece: the next call goes on in the next piece. */
  find(source: string, from: number): number {
    switch (this.#kind) {
      case "bogus":
        return source.indexOf(">", from);
      case "doctype":
        return this.#isXml ? this.#findDoctypeEnd(source, from) : source.indexOf(">", from);
      case "instruction":
        return this.#findInstructionEnd(source, from);
      case "comment":
        return this.#findCommentEnd(source, from);
    }
  }

  #findCommentEnd(source: string, from: number): number {
    if (this.#tail !== "") {
      const border = this.#tail + source.slice(from, from + 3);
      const end = firstOf(border.indexOf("-->"), border.indexOf("--!>"));
      if (end >= 0) return from + border.indexOf(">", end) - this.#tail.length;
    }
    const plain = source.indexOf("-->", from);
    const bang = this.#bangFrom(source, from);
    const end = firstOf(plain, bang);
    if (end >= 0) return source.indexOf(">", end);
    this.#tail = (this.#tail + source.slice(Math.max(from, source.length - 3))).slice(-3);
    return -1;
  }

  #bangFrom(source: string, from: number): number {
    if (this.#bang === -2 || (this.#bang >= 0 && this.#bang < from)) {
      this.#bang = source.indexOf("--!>", from);
    }
    return this.#bang;
  }

  #findInstructionEnd(source: string, from: number): number {
    if (this.#tail === "?" && source.charCodeAt(from) === GREATER) return from;
    const end = source.indexOf("?>", from);
    if (end >= 0) return end + 1;
    this.#tail = source.charCodeAt(source.length - 1) === QUESTION ? "?" : "";
    return -1;
  }

  /** In XML, a doctype may have an internal subset with declarations. */
  #findDoctypeEnd(source: string, from: number): number {
    for (let i = from; i < source.length; i++) {
      const code = source.charCodeAt(i);
      if (code === GREATER && !this.#isInSubset) return i;
      if (code === OPEN_BRACKET) this.#isInSubset = true;
      if (code === CLOSE_BRACKET) this.#isInSubset = false;
    }
    return -1;
  }
}

function firstOf(one: number, other: number): number {
  return one < 0 || other < 0 ? Math.max(one, other) : Math.min(one, other);
}

/** The end of a comment's text, which ends before the `>` at a position. */
export function commentTextEnd(source: string, start: number, close: number): number {
  const end = source.charCodeAt(close - 1) === BANG ? close - 3 : close - 2;
  return Math.max(start, end);
}

/** The end of the text of a comment that the input ends in: a begun `-->` or `--!>` is no text. */
export function openCommentTextEnd(source: string, start: number): number {
  const text = source.slice(Math.max(start, source.length - 3));
  if (text === "--!") return source.length - 3;
  if (text.endsWith("--")) return source.length - 2;
  return source.length - (text.endsWith("-") ? 1 : 0);
}
