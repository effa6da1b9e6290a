import { decodeText } from "../../../html/references.ts";
import { OPEN, TEXT, type Tape } from "./tape.ts";

/** The longest label of a tab or title of a note, in characters. */
const LONGEST = 200;
/** Entries of the tape that are read for one. */
const MOST_ENTRIES = 2000;

/** The text that a reader sees in an element, white space joined, its references decoded. */
export function visibleText(tape: Tape, element: number, longest = LONGEST): string {
  let text = "";
  const slice = { source: "", start: 0, end: 0 };
  const start = tape.startOf(element) + 1;
  const end = Math.min(tape.endOf(element), start + MOST_ENTRIES);
  let at = start;
  while (at < end && text.length < longest) {
    const entry = tape.entryAt(at);
    const number = entry >> 2;
    at += 1;
    if ((entry & 3) === OPEN) {
      if (tape.kindOf(number).isInert) at = tape.after(number);
      else if (tape.kindOf(number).isBlock) text += " ";
    } else if ((entry & 3) === TEXT) {
      const { source, start: textStart, end: textEnd } = tape.readText(number, slice);
      const part = source.slice(textStart, Math.min(textEnd, textStart + longest));
      text += tape.literals.has(number) ? part : decodeText(part);
    }
  }
  return text.replaceAll(/\s+/gu, " ").trim().slice(0, longest);
}

/** Whether there is no visible text between two texts, the second not included. */
export function isBlankBetween(tape: Tape, text: number, other: number, most = 0): boolean {
  return tape.visibleBefore(other) - tape.visibleBefore(text) <= most;
}
