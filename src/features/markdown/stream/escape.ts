import { classOf, isInvisible } from "./characters.ts";

const PLAIN = 0;
const SPACE = 1;
const MARK = 2;
const NUL = 3;

/** The characters at which the scan of a text stops, by code below 256. */
const STOPS = new Uint8Array(256);
for (const char of " \t\n\r\f\u00a0") STOPS[char.charCodeAt(0)] = SPACE;
STOPS[0] = STOPS[0xad] = NUL;
/** The characters at which it stops inside a code span, in which nothing is escaped. */
const CODE_STOPS = STOPS.slice();
for (const char of "\\`*_[]<&~") STOPS[char.charCodeAt(0)] = MARK;

export { CODE_STOPS, MARK, NUL, PLAIN, SPACE, STOPS };

const AFTER_LESS = /^[a-z/!?]/i;
const LONGEST_REFERENCE = 33;

/** The underscores, or other marks of a kind, before one that are looked at. */
const LONGEST_LOOK_BACK = 8;

/** Whether the mark at `index` would be markdown. @param before the output before a first mark */
export function needsEscape(
  text: string,
  index: number,
  end: number,
  before: string | undefined,
  isInLink: boolean,
): boolean {
  const next = index + 1;
  switch (text.charCodeAt(index)) {
    case 42: {
      // A star between spaces has no meaning, except at the start of a line.
      const isLoose =
        isSpaceAt(text, next, end) &&
        (before === undefined ? isSpaceAt(text, index - 1, end) : before.endsWith(" "));
      return !isLoose;
    }
    case 95:
      // After a letter it can't open emphasis, and without an opening one none can be closed.
      return classBefore(text, index, before) !== "word";
    case 93:
      return isInLink;
    case 60:
      return !isKnown(text, next, end) || AFTER_LESS.test(text.charAt(next));
    case 126: {
      // One that can't close strikethrough needs no backslash, as in `~/home` and `/~user`.
      const previous = classBefore(text, index, before);
      const isSingle = isKnown(text, next, end) && text.charCodeAt(next) !== 126;
      if (!isSingle || (before ?? text.charAt(index - 1)).endsWith("~")) return true;
      return previous === "word" || (previous === "punctuation" && !isWordAt(text, next, end));
    }
    case 38:
      return looksLikeReference(text, next, end);
    default:
      return true;
  }
}

/** Whether what follows is known: a text may go on after its end, and after what is left out. */
function isKnown(text: string, index: number, end: number): boolean {
  if (index >= end) return false;
  const code = text.charCodeAt(index);
  return code !== 0 && !isInvisible(code);
}

function isSpaceAt(text: string, index: number, end: number): boolean {
  return isKnown(text, index, end) && classOf(text, index) === "space";
}

function isWordAt(text: string, index: number, end: number): boolean {
  return isKnown(text, index, end) && classOf(text, index) === "word";
}

/** The class of the character before a run of equal marks. */
function classBefore(
  text: string,
  index: number,
  before: string | undefined,
): ReturnType<typeof classOf> {
  if (before !== undefined) return before === "" ? "space" : classOf(before, before.length - 1);
  const mark = text.charCodeAt(index);
  let at = index - 1;
  // Of underscores after a letter, all are plain.
  if (mark === 95) {
    while (at > 0 && index - at < LONGEST_LOOK_BACK && text.charCodeAt(at) === mark) at -= 1;
  }
  return isKnown(text, at, index) ? classOf(text, at) : "punctuation";
}

function looksLikeReference(text: string, start: number, textEnd: number): boolean {
  const end = Math.min(textEnd, start + LONGEST_REFERENCE);
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 59) return i > start;
    const isName =
      (code >= 48 && code <= 57) ||
      (code >= 65 && code <= 90) ||
      (code >= 97 && code <= 122) ||
      (code === 35 && i === start);
    if (!isName) return code === 0 || isInvisible(code);
  }
  // At the end of the text, the following text might complete it.
  return end === textEnd;
}

/** The position for a backslash, so that a line does not start a block; -1 if none is needed. */
export function lineStartEscape(text: string, start: number, textEnd: number): number {
  const code = text.charCodeAt(start);
  switch (code) {
    case 62: // >
    case 124: // |
      return start;
    case 35: // #
    case 43: // +
    case 45: // -
    case 61: // =
    case 58: {
      // :
      let end = start + 1;
      while (end < textEnd && text.charCodeAt(end) === code) end += 1;
      if (!isKnown(text, end, textEnd)) return start;
      const after = text.charCodeAt(end);
      const ends = after <= 32 || after === 0xa0 || after === 124 || after === 58;
      return ends || (code === 58 && after === 45) ? start : -1;
    }
    default: {
      if (code < 48 || code > 57) return -1;
      let end = start + 1;
      while (end < textEnd && end - start < 10 && isDigit(text.charCodeAt(end))) end += 1;
      return isListDelimiter(text, end, textEnd) ? end : -1;
    }
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Whether `.` or `)` at a position would end the number of an ordered list item. */
export function isListDelimiter(text: string, index: number, end: number): boolean {
  const code = index < end ? text.charCodeAt(index) : 0;
  if (code !== 46 && code !== 41) return false;
  return !isKnown(text, index + 1, end) || isSpaceAt(text, index + 1, end);
}

/** The end of the white space that starts at a position. */
export function endOfSpace(text: string, start: number, textEnd: number): number {
  let end = start + 1;
  while (end < textEnd) {
    const code = text.charCodeAt(end);
    if (code >= 256 || STOPS[code] !== SPACE) break;
    end += 1;
  }
  return end;
}
