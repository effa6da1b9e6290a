import { classOf } from "./characters.ts";

const PLAIN = 0;
const SPACE = 1;
const MARK = 2;
const NUL = 3;

/** The characters at which the scan of a text stops, by code below 256. */
const STOPS = new Uint8Array(256);
for (const char of " \t\n\r\f\u00a0") STOPS[char.charCodeAt(0)] = SPACE;
STOPS[0] = NUL;
/** The characters at which it stops inside a code span, in which nothing is escaped. */
const CODE_STOPS = STOPS.slice();
for (const char of "\\`*_[]<&~") STOPS[char.charCodeAt(0)] = MARK;

export { CODE_STOPS, MARK, NUL, PLAIN, SPACE, STOPS };

const AFTER_LESS = /^[a-z/!?]/i;
const LONGEST_REFERENCE = 33;

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
      return !(isWordAt(text, next, end) && isWordBefore(text, index, before));
    case 93:
      return isInLink;
    case 60:
      return next >= end || AFTER_LESS.test(text.charAt(next));
    case 126:
      return before === undefined
        ? !isSpaceAt(text, index - 1, end)
        : before !== "" && !before.endsWith(" ");
    case 38:
      return looksLikeReference(text, next, end);
    default:
      return true;
  }
}

function isSpaceAt(text: string, index: number, end: number): boolean {
  return index < end && classOf(text, index) === "space";
}

function isWordAt(text: string, index: number, end: number): boolean {
  return index < end && classOf(text, index) === "word";
}

function isWordBefore(text: string, index: number, before: string | undefined): boolean {
  if (before === undefined) return classOf(text, index - 1) === "word";
  return before !== "" && classOf(before, before.length - 1) === "word";
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
    if (!isName) return false;
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
      if (end === textEnd) return start;
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
  return index + 1 >= end || isSpaceAt(text, index + 1, end);
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
