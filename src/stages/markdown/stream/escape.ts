import { classOf } from "./characters.ts";

const PLAIN = 0;
const SPACE = 1;
const MARK = 2;
const NUL = 3;

/** What the scan of a text has to stop at, by character code below 256. */
const STOPS = new Uint8Array(256);
for (const char of " \t\n\r\f\u00a0") STOPS[char.charCodeAt(0)] = SPACE;
STOPS[0] = NUL;
/** The same for text inside a code span, where nothing is escaped. */
const CODE_STOPS = STOPS.slice();
for (const char of "\\`*_[]<&~") STOPS[char.charCodeAt(0)] = MARK;

export { CODE_STOPS, MARK, NUL, PLAIN, SPACE, STOPS };

const AFTER_LESS = /^[a-z/!?]/i;
const LONGEST_REFERENCE = 33;

/** Whether the mark at `index` of a text would be read as markdown; `before` is what was written last. */
export function needsEscape(
  text: string,
  index: number,
  before: string,
  isInLink: boolean,
): boolean {
  const next = index + 1;
  switch (text.charCodeAt(index)) {
    case 42: {
      // A star between spaces opens nothing, unless it starts the line.
      const isLoose =
        isSpaceAt(text, next) && (index > 0 ? isSpaceAt(text, index - 1) : before.endsWith(" "));
      return !isLoose;
    }
    case 95:
      return !(isWordAt(text, next) && isWordBefore(text, index, before));
    case 93:
      return isInLink;
    case 60:
      return next >= text.length || AFTER_LESS.test(text.charAt(next));
    case 126:
      return index > 0 ? !isSpaceAt(text, index - 1) : before !== "" && !before.endsWith(" ");
    case 38:
      return looksLikeReference(text, next);
    default:
      return true;
  }
}

function isSpaceAt(text: string, index: number): boolean {
  return index < text.length && classOf(text, index) === "space";
}

function isWordAt(text: string, index: number): boolean {
  return index < text.length && classOf(text, index) === "word";
}

function isWordBefore(text: string, index: number, before: string): boolean {
  if (index > 0) return classOf(text, index - 1) === "word";
  return before !== "" && classOf(before, before.length - 1) === "word";
}

function looksLikeReference(text: string, start: number): boolean {
  const end = Math.min(text.length, start + LONGEST_REFERENCE);
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
  // Undecided at the end of the text: what follows might complete it.
  return end === text.length;
}

/**
 * Where a backslash goes so that a text at the start of a line is no list, heading, quote, table or
 * underline; -1 for nowhere.
 */
export function lineStartEscape(text: string, start: number): number {
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
      while (end < text.length && text.charCodeAt(end) === code) end += 1;
      if (end === text.length) return start;
      const after = text.charCodeAt(end);
      const ends = after <= 32 || after === 0xa0 || after === 124 || after === 58;
      return ends || (code === 58 && after === 45) ? start : -1;
    }
    default: {
      if (code < 48 || code > 57) return -1;
      let end = start + 1;
      while (end < text.length && end - start < 10 && isDigit(text.charCodeAt(end))) end += 1;
      return isListDelimiter(text, end) ? end : -1;
    }
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Whether `.` or `)` at that place would end the number of an ordered list item. */
export function isListDelimiter(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (code !== 46 && code !== 41) return false;
  return index + 1 >= text.length || text.charCodeAt(index + 1) <= 32 || isSpaceAt(text, index + 1);
}
