import {
  createScanner,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from "jsonc-parser";
import { toPointer, type Fault } from "./fault.ts";
import type { Place } from "./places.ts";

/** A JSON text with comments, as a tree whose nodes know their offsets. */
export interface Document {
  /** Undefined if a fault makes the rest unreadable. */
  readonly root: Node | undefined;
  readonly faults: readonly Fault[];
  /** Line and column of an offset. */
  readonly place: (offset: number) => Place;
}

/** The deepest nesting; functions that walk the tree are recursive. */
const DEEPEST = 64;

const MESSAGES: Readonly<Record<string, string>> = {
  InvalidSymbol: "not a value; text goes in double quotes",
  InvalidNumberFormat: "not a number",
  PropertyNameExpected: "expected a key in double quotes",
  ValueExpected: "expected a value",
  ColonExpected: 'expected ":" after the key',
  CommaExpected: 'expected "," before this',
  CloseBraceExpected: 'expected "}"',
  CloseBracketExpected: 'expected "]"',
  EndOfFileExpected: "nothing may follow the end of the object",
  InvalidCommentToken: "comments are not allowed here",
  UnexpectedEndOfComment: "the comment is not closed",
  UnexpectedEndOfString: "the string is not closed in its line",
  UnexpectedEndOfNumber: "the number is not complete",
  InvalidUnicode: "\\u takes four hexadecimal digits",
  InvalidEscapeCharacter: "not an escape of JSON",
  InvalidCharacter: "control characters in strings are written as escapes",
};

/** Faults after which the tree is still complete, so that the rest can be checked too. */
const HARMLESS = new Set([
  "CommaExpected",
  "InvalidUnicode",
  "InvalidEscapeCharacter",
  "InvalidCharacter",
]);

/** Parses JSON with comments and trailing commas. Stops at the first fault that breaks the tree. */
export function parseDocument(source: string): Document {
  const text = withoutByteOrderMark(source);
  const place = placesOf(text);
  const fault = (offset: number, message: string): Fault => ({
    pointer: toPointer([]),
    ...place(offset),
    code: "syntax",
    message,
  });
  const deep = tooDeep(text);
  if (deep !== undefined) {
    const message = `nested more than ${DEEPEST} levels deep`;
    return { root: undefined, faults: [fault(deep, message)], place };
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (root === undefined && errors.every(({ offset }) => offset >= text.trimEnd().length)) {
    return { root: undefined, faults: [fault(0, "the file is empty")], place };
  }
  errors.sort((a, b) => a.offset - b.offset);
  const fatal = errors.findIndex(({ error }) => !HARMLESS.has(printParseErrorCode(error)));
  const shown = fatal === -1 ? errors : errors.slice(0, fatal + 1);
  const faults = shown.map(({ error, offset }) => {
    const name = printParseErrorCode(error);
    return fault(offset, MESSAGES[name] ?? name);
  });
  return { root: fatal === -1 ? root : undefined, faults, place };
}

export function withoutByteOrderMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

const LINE_END = /\r\n|\r|\n/g;

function placesOf(text: string): (offset: number) => Place {
  const starts = [0, ...[...text.matchAll(LINE_END)].map((end) => end.index + end[0].length)];
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 };
  };
}

/** "{" and "[" in jsonc-parser's const enum SyntaxKind, which isolated modules can't read. */
const OPENING = new Set([1, 3]);
const CLOSING = new Set([2, 4]);
const END = 17;

/** The offset at which the nesting exceeds `DEEPEST`. */
function tooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== END; token = scanner.scan()) {
    if (OPENING.has(token)) depth++;
    if (CLOSING.has(token)) depth--;
    if (depth > DEEPEST) return scanner.getTokenOffset();
  }
  return undefined;
}
