import type { TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { firstIn, insideOf, type Range } from "./around.ts";
import { NONE, type Tape } from "./tape.ts";
import { isBlankBetween } from "./visible-text.ts";

/** The text of one note. */
export interface Definition {
  /** The element that is not read in its place. */
  readonly element: number;
  /** The term before it that is its sign, or `NONE`. */
  readonly sign: number;
  /** The content that is read at the end instead. */
  readonly content: Range;
}

/** Characters of the longest note; a longer element is a part of the page. */
const LONGEST = 8000;
/** Characters before an anchor in the note that it marks: brackets, a number. */
const MOST_BEFORE = 4;
const BLOCKS = new Set(["item", "paragraph", "block", "aside", "description", "cell", "footer"]);
const NOTE_CLASS = /foot-?note|endnote|(?:^|\s)fn/i;

/** Finds the note at the target of a reference; undefined if no note is there. */
export function definitionAt(
  tape: Tape,
  target: number,
  attributes: TagAttributes,
): Definition | undefined {
  let element = blockOf(tape, target);
  let sign = NONE;
  if (element === NONE) return undefined;
  const kind = tape.kindOf(element);
  if (kind.role === "term") {
    sign = element;
    element = tape.elementAfter(element);
    if (element >= tape.elementCount || tape.kindOf(element).role !== "description")
      return undefined;
  } else if (kind.name === "table") return tableNote(tape, element, attributes);
  else if (kind.role === "cell") return rowNote(tape, element);
  else if (!BLOCKS.has(kind.role) || kind.isSection) return undefined;
  return note(tape, element, insideOf(tape, element), sign);
}

function note(
  tape: Tape,
  element: number,
  content: Range,
  sign: number = NONE,
): Definition | undefined {
  const length = tape.textOf(element);
  if (length === 0 || length > LONGEST) return undefined;
  if (firstIn(tape, element, tape.headings) !== undefined) return undefined;
  if (firstIn(tape, element, tape.sections) !== undefined) return undefined;
  return { element, sign, content };
}

/** The block that an element is, or that begins with it. */
function blockOf(tape: Tape, target: number): number {
  let element = target;
  while (element !== NONE && isInline(tape.kindOf(element))) {
    const parent = tape.parentOf(element);
    if (parent === NONE) return NONE;
    const isAtStart = isBlankBetween(
      tape,
      tape.firstText(parent),
      tape.firstText(element),
      MOST_BEFORE,
    );
    if (!isAtStart) return NONE;
    element = parent;
  }
  return element;
}

function isInline({ isBlock, role }: ElementKind): boolean {
  return !isBlock && (role === "inline" || role === "format" || role === "link");
}

/** The note in a table of one row, as docutils wrote it: a label, and the text. */
function tableNote(tape: Tape, table: number, attributes: TagAttributes): Definition | undefined {
  const className = tape.readAttributes(table, attributes).get("class") ?? "";
  if (!NOTE_CLASS.test(className)) return undefined;
  const cell = lastCell(tape, table);
  return cell === NONE ? undefined : note(tape, table, insideOf(tape, cell));
}

/** The note in the row of a table whose first cell is its label. */
function rowNote(tape: Tape, cell: number): Definition | undefined {
  const row = tape.parentOf(cell);
  if (row === NONE || tape.kindOf(row).role !== "row" || !tape.isClosed(row)) return undefined;
  const last = lastCell(tape, row);
  return last === NONE ? undefined : note(tape, row, insideOf(tape, last));
}

function lastCell(tape: Tape, around: number): number {
  let last = NONE;
  const after = tape.elementAfter(around);
  for (let element = around + 1; element < after && element < around + 100; element++) {
    if (tape.kindOf(element).role === "cell") {
      last = element;
      element = tape.elementAfter(element) - 1;
    }
  }
  return last;
}
