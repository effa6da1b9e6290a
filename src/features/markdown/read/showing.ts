import type { Attributes, TagAttributes } from "../stream/attributes.ts";
import { embedOf } from "./embeds.ts";
import { formulaOfDrawing, hasMath } from "./formulas.ts";
import { hasLateCopy, isLateImage, nameOfGraphic } from "./graphics.ts";
import type { Tape } from "./tape.ts";

/** What an element shows that has no text, and whether its content is read, too. */
interface Shown {
  readonly attributes: Attributes;
  readonly isRead: boolean;
}

/** What embeds, drawings, images and the content of `<noscript>` show to a reader. */
export function showing(
  tape: Tape,
  element: number,
  own: TagAttributes,
  isEnded: boolean,
): Shown | "read" | "inert" | "later" {
  const kind = tape.kindOf(element);
  if (!tape.isClosed(element) && !isEnded && kind.role !== "image") return "later";
  switch (kind.role) {
    case "embed":
      return embedOf(tape, element, own) ?? "inert";
    case "graphic": {
      const attributes = isFormula(tape, element)
        ? formulaOfDrawing(tape, element)
        : nameOfGraphic(tape, element, own);
      return attributes === undefined ? "inert" : { attributes, isRead: false };
    }
    case "image": {
      const isKnown = isEnded || element + 1 < tape.elementCount;
      const copy = hasLateCopy(tape, element, own, isKnown);
      if (copy === "later") return "later";
      return copy ? "inert" : "read";
    }
    default:
      return isLateImage(tape, element) ? "read" : "inert";
  }
}

/** Whether a drawing is a formula of MathJax that the page has in no other form. */
function isFormula(tape: Tape, element: number): boolean {
  const parent = tape.parentOf(element);
  return parent >= 0 && tape.kindOf(parent).name === "mjx-container" && !hasMath(tape, parent);
}
