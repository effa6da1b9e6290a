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

const SYMBOL = /^\p{S}/u;

/**
 * Whether a character may count as a letter beside a marker: symbols such as emoji are punctuation
 * since CommonMark 0.31 only, and to some parsers not at all.
 */
export function isLetterLike(text: string, index: number): boolean {
  const kind = classOf(text, index);
  if (kind !== "punctuation") return kind === "word";
  const code = codeAt(text, index);
  if (code < 128) return false;
  const start = code >= 0xdc00 && code <= 0xdfff && index > 0 ? index - 1 : index;
  return SYMBOL.test(String.fromCodePoint(text.codePointAt(start) ?? 0));
}

/** The last character of a text; a surrogate pair counts as one. */
export function lastCharacter(text: string): string {
  const code = codeAt(text, text.length - 1);
  return text.slice(code >= 0xdc00 && code <= 0xdfff ? -2 : -1);
}

/**
 * Whether a character is a hint for line breaks or a mark of byte order, which says nothing to a
 * reader: U+00AD, U+200B, U+2060, U+FEFF. U+200C and U+200D change letters and emoji, and stay.
 */
export function isInvisible(code: number): boolean {
  return code === 0x200b || code === 0xfeff || code === 0xad || code === 0x2060;
}

const INVISIBLE = /[\u00ad\u200b\u2060\ufeff]+/g;

/** A text without invisible characters. */
export function withoutInvisible(text: string): string {
  return text.replaceAll(INVISIBLE, "");
}
