import { HIDES } from "../stream/attribute-names.ts";
import type { Decider } from "./decider.ts";
import type { Output } from "./output.ts";
import type { Readings } from "./readings.ts";
import type { Tape } from "./tape.ts";

/**
 * Whether an element is read as it is since neither its attributes nor a rule, nor the page around it,
 * may say otherwise. Its kind is none that may be read in another way without them.
 */
export function isPlain(
  tape: Tape,
  element: number,
  decider: Decider,
  readings: Readings,
  output: Output,
): boolean {
  if (tape.shadows.size > 0 || decider.hasSelectors) return false;
  if (tape.isBare(element)) return true;
  if (!tape.kindOf(element).isSimple || !decider.isQuiet || readings.note !== undefined)
    return false;
  const bits = tape.bitsOf(element);
  if ((bits & HIDES) !== 0 || !tape.factsOf(element).isSilent) return false;
  // As if its readings had been asked for.
  if (!output.isInCode) readings.footnotes.lastRead = element;
  return true;
}
