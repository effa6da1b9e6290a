import type { Range } from "./around.ts";
import type { Tape } from "./tape.ts";

/** A range of the tape that is being read. */
export interface Part {
  at: number;
  /** The entry at which it ends; undefined while that is not recorded. */
  readonly end: () => number | undefined;
  /** Of a note: the element around it, and the number of elements that were open before. */
  readonly note?: number;
  readonly depth?: number;
}

/** The most parts inside of one another; deeper ones are left out. */
const DEEPEST = 200;

/** The parts of a tape that are being read, innermost last. */
export class Parts {
  readonly #all: Part[] = [];

  get length(): number {
    return this.#all.length;
  }

  get innermost(): Part | undefined {
    return this.#all[this.#all.length - 1];
  }

  push(part: Part): void {
    this.#all.push(part);
  }

  pop(): void {
    this.#all.pop();
  }

  /** Adds an element to read; undefined for all of the page. */
  add(tape: Tape, element: number | undefined, isEnded: () => boolean): void {
    const at = element === undefined ? 0 : tape.startOf(element);
    const end = (): number | undefined => {
      if (element === undefined) return isEnded() ? tape.length : undefined;
      return tape.isClosed(element) ? tape.after(element) : undefined;
    };
    this.#all.push({ at, end });
  }

  /** Adds ranges that are read before the rest of the current part. */
  insert(ranges: readonly Range[]): void {
    if (this.#all.length > DEEPEST) return;
    for (const { start, end } of ranges.toReversed()) {
      this.#all.push({ at: start, end: () => end });
    }
  }
}
