import { CLOSE_BRACKET, DASH, endsName, isWordAt, LESS, SLASH } from "./characters.ts";

/** Elements whose content is text up to their end tag (HTML §13.2.6); of some, without references. */
const LITERAL = new Set("script style xmp iframe noembed noframes plaintext noscript".split(" "));
const WITH_REFERENCES = new Set(["title", "textarea"]);

/** Finds the end tag of an element whose content is text. */
export class RawText {
  readonly name: string;
  /** Whether no references are decoded in it. */
  readonly isLiteral: boolean;
  /** The position up to which the last piece is certainly text. */
  certain = 0;
  readonly #longest: number;
  /** In a script: 1 behind `<!--`, 2 behind a `<script` in it (HTML §13.2.5.18 to §13.2.5.31). */
  #escapes = 0;

  constructor(name: string) {
    this.name = name;
    this.isLiteral = !WITH_REFERENCES.has(name);
    this.#longest = "</>".length + name.length;
  }

  /** The position of the end tag; -1 if it does not begin in this piece. */
  find(source: string, from: number): number {
    if (this.name === "plaintext") return this.#none(source.length);
    return this.name === "script" ? this.#findScript(source, from) : this.#find(source, from);
  }

  #none(certain: number): number {
    this.certain = certain;
    return -1;
  }

  #find(source: string, from: number): number {
    const { length } = source;
    for (let i = from; ; i++) {
      i = source.indexOf("</", i);
      if (i < 0) return this.#none(source.charCodeAt(length - 1) === LESS ? length - 1 : length);
      if (i + this.#longest > length) return this.#none(i);
      if (this.#isNameAt(source, i + 2)) return i;
    }
  }

  #isNameAt(source: string, at: number): boolean {
    return isWordAt(source, at, this.name) && endsName(source.charCodeAt(at + this.name.length));
  }

  #findScript(source: string, from: number): number {
    const { length } = source;
    let escapeEnd = this.#escapes > 0 ? source.indexOf("-->", from) : -1;
    for (let i = from; ; i++) {
      i = source.indexOf("<", i);
      if (escapeEnd >= 0 && (i < 0 || escapeEnd < i)) {
        this.#escapes = 0;
        escapeEnd = -1;
      }
      if (i < 0)
        return this.#none(this.#escapes > 0 ? length - trailing(source, from, DASH) : length);
      if (i + this.#longest > length) return this.#none(i);
      const code = source.charCodeAt(i + 1);
      if (this.#escapes === 0) {
        if (source.startsWith("!--", i + 1)) {
          this.#escapes = 1;
          escapeEnd = source.indexOf("-->", i + 2);
        } else if (code === SLASH && this.#isNameAt(source, i + 2)) return i;
      } else if (code === SLASH) {
        if (!this.#isNameAt(source, i + 2)) continue;
        if (this.#escapes === 1) return i;
        this.#escapes = 1;
      } else if (this.#escapes === 1 && this.#isNameAt(source, i + 1)) this.#escapes = 2;
    }
  }
}

/** Finds the end of a CDATA section. */
export class CdataText {
  readonly isLiteral = true;
  /** The position up to which the last piece is certainly text. */
  certain = 0;

  /** The position of the `]]>`; -1 if it does not begin in this piece. */
  find(source: string, from: number): number {
    const end = source.indexOf("]]>", from);
    if (end < 0) this.certain = source.length - trailing(source, from, CLOSE_BRACKET);
    return end;
  }
}

/** How many of the last two characters are that one: they may be the begin of an end. */
function trailing(source: string, from: number, code: number): number {
  const { length } = source;
  if (length <= from || source.charCodeAt(length - 1) !== code) return 0;
  return length - 1 > from && source.charCodeAt(length - 2) === code ? 2 : 1;
}

/** The name of the element if its content is text; undefined for others. */
export function rawTextName(
  source: string,
  start: number,
  end: number,
  hasScripting: boolean,
): string | undefined {
  const length = end - start;
  if (length < 3 || length > 9 || length === 4) return undefined;
  // The first two letters sort out nearly all elements without a copy of the name.
  const first = source.charCodeAt(start) | 0x20;
  const second = source.charCodeAt(start + 1) | 0x20;
  if (((SECOND_LETTERS[first - A] ?? 0) & (1 << (second - A))) === 0) return undefined;
  const name = source.slice(start, end).toLowerCase();
  if (name === "noscript" && !hasScripting) return undefined;
  return LITERAL.has(name) || WITH_REFERENCES.has(name) ? name : undefined;
}

const A = 0x61;

/** By the first letter of a name: the set of second letters, as bits. */
const SECOND_LETTERS = new Int32Array(26);
for (const name of [...LITERAL, ...WITH_REFERENCES]) {
  const letters = SECOND_LETTERS[name.charCodeAt(0) - A] ?? 0;
  SECOND_LETTERS[name.charCodeAt(0) - A] = letters | (1 << (name.charCodeAt(1) - A));
}
