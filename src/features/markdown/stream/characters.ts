// oxlint-disable-next-line typescript/unbound-method -- called with a receiver below
const { charCodeAt, slice } = String.prototype;

/** `charCodeAt` and `slice`, faster: V8 would look up the method for each kind of string. */
export function codeAt(text: string, index: number): number {
  return charCodeAt.call(text, index);
}

export function sliceOf(text: string, start: number, end: number): string {
  return slice.call(text, start, end);
}

/** The classes of characters in CommonMark's flanking rules (§6.2). */
type CharacterClass = "space" | "punctuation" | "word";

const PUNCTUATION = /^[\p{P}\p{S}]/u;
const SPACE = /^\s/u;

export function classOf(text: string, index: number): CharacterClass {
  const code = codeAt(text, index);
  if (code < 128) {
    if (code <= 32) return "space";
    const isWord =
      (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    return isWord ? "word" : "punctuation";
  }
  // A low surrogate stands for its pair.
  const start = code >= 0xdc00 && code <= 0xdfff && index > 0 ? index - 1 : index;
  const char = String.fromCodePoint(text.codePointAt(start) ?? 0);
  if (SPACE.test(char)) return "space";
  return PUNCTUATION.test(char) ? "punctuation" : "word";
}

/** Writes a character as a reference, so that markers beside it are read as markers. */
export function asReference(char: string): string {
  return `&#${char.codePointAt(0) ?? 0};`;
}

/** The last character of a text; a surrogate pair counts as one. */
export function lastCharacter(text: string): string {
  const code = codeAt(text, text.length - 1);
  return text.slice(code >= 0xdc00 && code <= 0xdfff ? -2 : -1);
}
