import type { TagAttributes } from "../stream/attributes.ts";
import type { Decider } from "./decider.ts";
import type { Readings } from "./readings.ts";
import { OPEN, TEXT, type Tape } from "./tape.ts";

/** Finds notes that stand right after a text, as blocks: the text refers to them. */
export class NotesAfter {
  readonly #tape: Tape;
  readonly #decider: Decider;
  readonly #readings: Readings;
  readonly #attributes: TagAttributes;

  constructor(tape: Tape, decider: Decider, readings: Readings, attributes: TagAttributes) {
    this.#tape = tape;
    this.#decider = decider;
    this.#readings = readings;
    this.#attributes = attributes;
  }

  /**
   * The labels of the notes from an entry on; "later" if notes may follow that are not recorded.
   *
   * @param end of what is read; undefined while that is not recorded
   */
  find(start: number, end: number | undefined): readonly string[] | "later" {
    const tape = this.#tape;
    const labels: string[] = [];
    const last = end ?? tape.length;
    for (let at = start; at < last;) {
      const entry = tape.entryAt(at);
      const number = entry >> 2;
      at += 1;
      if ((entry & 3) === TEXT) {
        if (tape.visibleBefore(number) < tape.visibleBefore(number + 1)) return labels;
        continue;
      }
      const label = (entry & 3) === OPEN ? this.#labelOf(number) : undefined;
      if (label === "later" && end === undefined) return "later";
      if (label === undefined || label === "later") return labels;
      labels.push(label);
      at = tape.after(number);
    }
    return end === undefined ? "later" : labels;
  }

  #labelOf(element: number): string | undefined {
    const tape = this.#tape;
    const { role } = tape.kindOf(element);
    if ((role !== "aside" && role !== "block") || tape.isBare(element)) return undefined;
    const attributes = tape.readAttributes(element, this.#attributes);
    if (attributes.facts.meaning?.is !== "sidenote") return undefined;
    const decision = this.#decider.decide(element, attributes, false);
    if (decision !== "read" && decision !== "landmark")
      return decision === "later" ? decision : undefined;
    const reading = this.#readings.sidenote(element);
    if (reading === "later") return "later";
    return reading?.as === "reference" ? reading.label : undefined;
  }
}
