import type { Attributes, TagAttributes } from "../stream/attributes.ts";
import { firstIn } from "./around.ts";
import { type Disclosures, showsText } from "./disclosures.ts";
import { BLOCK, type Reading, STRONG } from "./reading.ts";
import { NONE, type Tape } from "./tape.ts";
import { isBlankBetween, visibleText } from "./visible-text.ts";

/** Characters of the longest button that is a heading of what it shows. */
const LONGEST_BUTTON = 300;

/** A button, or the like, that shows the text after it is the heading of that text. */
export function readButton(
  tape: Tape,
  disclosures: Disclosures,
  button: number,
  attributes: Attributes,
): Reading | "later" | undefined {
  if (!tape.isClosed(button)) return "later";
  if (!showsText(attributes, visibleText(tape, button))) return undefined;
  disclosures.add(button, attributes, true);
  if (tape.kindOf(button).role === "heading") return undefined;
  if (firstIn(tape, button, tape.headings) !== undefined) return BLOCK;
  const isShort = tape.textOf(button) > 0 && tape.textOf(button) <= LONGEST_BUTTON;
  return isShort && standsAlone(tape, button) ? STRONG : undefined;
}

/** Whether an element is directly in a block that is no text itself. */
function standsAlone(tape: Tape, element: number): boolean {
  let parent = tape.parentOf(element);
  while (parent !== NONE && !tape.kindOf(parent).isBlock) {
    if (tape.kindOf(parent).role !== "inline") return false;
    parent = tape.parentOf(parent);
  }
  if (parent === NONE) return true;
  const { role } = tape.kindOf(parent);
  return role !== "heading" && role !== "paragraph" && role !== "summary" && role !== "term";
}

/** The label of a radio button that shows the block right after it is the heading of that block. */
export function readLabel(
  tape: Tape,
  label: number,
  attributes: Attributes,
  ofInput: TagAttributes,
  isEnded: boolean,
): Reading | "later" | undefined {
  const id = attributes.get("for");
  if (id === undefined || label === 0 || tape.kindOf(label - 1).name !== "input") return undefined;
  const input = tape.readAttributes(label - 1, ofInput);
  if (input.get("type") !== "radio" || input.get("id") !== id) return undefined;
  const panel = tape.elementAfter(label);
  if (!tape.isClosed(label) || panel >= tape.elementCount) return isEnded ? undefined : "later";
  const isPanel =
    tape.parentOf(panel) === tape.parentOf(label) &&
    tape.kindOf(panel).role === "block" &&
    isBlankBetween(tape, tape.textAfter(label), tape.firstText(panel));
  return isPanel && tape.textOf(label) > 0 ? STRONG : undefined;
}
