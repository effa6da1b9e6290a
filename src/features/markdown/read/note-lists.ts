import { childrenOf } from "./around.ts";
import type { PageNotes } from "./page-notes.ts";
import { NOTHING, type Reading } from "./reading.ts";
import type { Tape } from "./tape.ts";

/** Elements at the start of a list of notes in which the first note is. */
const MOST_BEFORE_NOTE = 40;

/** A list of nothing but notes that are read at another place is not read. */
export function readList(
  tape: Tape,
  footnotes: PageNotes,
  list: number,
): Reading | "later" | undefined {
  const first = list + 1;
  if (first >= tape.elementAfter(list) || !footnotes.has(first)) return undefined;
  if (!tape.isClosed(list)) return "later";
  let text = 0;
  for (const item of childrenOf(tape, list)) {
    if (footnotes.has(item)) text += tape.textOf(item);
  }
  return text === tape.textOf(list) ? NOTHING : undefined;
}

/** The heading and line before the notes in an element whose end is recorded. */
export function beforeNotes(tape: Tape, footnotes: PageNotes, around: number): number[] {
  const after = Math.min(tape.elementAfter(around), around + MOST_BEFORE_NOTE);
  let note = around + 1;
  while (note < after && !footnotes.has(note)) note += 1;
  const before: number[] = [];
  if (note >= after) return before;
  for (const child of childrenOf(tape, around)) {
    if (tape.elementAfter(child) > note) break;
    before.push(child);
  }
  return before;
}
