import { decodeText } from "../../../html/references.ts";
import type { PageSink } from "./page-sink.ts";
import type { Readings } from "./readings.ts";
import type { Tape } from "./tape.ts";
import type { Slice } from "./tape-texts.ts";

/** Passes texts of a tape to a sink, their character references decoded. */
export class Texts {
  /** Visible characters outside of links that were passed. */
  prose = 0;
  readonly #tape: Tape;
  readonly #sink: PageSink;
  readonly #readings: Readings;
  readonly #slice: Slice = { source: "", start: 0, end: 0 };
  /** The next `&` of a source behind a position from which it was searched, or the source's end. */
  #searched = "";
  #from = 0;
  #reference = -1;

  constructor(tape: Tape, sink: PageSink, readings: Readings) {
    this.#tape = tape;
    this.#sink = sink;
    this.#readings = readings;
  }

  /** @returns how much work that was, in entries of the tape */
  pass(text: number): number {
    const tape = this.#tape;
    this.prose += tape.visibleBefore(text + 1) - tape.visibleBefore(text);
    this.prose -= tape.linkedBefore(text + 1) - tape.linkedBefore(text);
    const { source, start: textStart, end } = tape.readText(text, this.#slice);
    const { note } = this.#readings;
    const start = note === undefined ? textStart : this.#readings.afterSign(source, textStart, end);
    if (!this.#hasReference(source, start, end) || tape.literals.has(text)) {
      this.#sink.text(source, start, end);
    } else {
      const decoded = decodeText(source.slice(start, end));
      this.#sink.text(decoded, 0, decoded.length);
    }
    return (end - start) >> 2;
  }

  /** Whether a text may contain character references; reads each character once. */
  #hasReference(source: string, start: number, end: number): boolean {
    const isSearched = source === this.#searched;
    // Strings that are equal but not the same are compared by their characters, so only once.
    this.#searched = source;
    // A text that is read at another place, as a note.
    if (isSearched && start < this.#from) return source.slice(start, end).includes("&");
    if (!isSearched || this.#reference < start) {
      const found = source.indexOf("&", start);
      this.#from = start;
      this.#reference = found < 0 ? source.length : found;
    }
    return this.#reference < end;
  }
}
