/** Arrays of pages that have ended, for others; new ones would have to be cleared. */
const spare: Int32Array<ArrayBuffer>[] = [];
const MOST_SPARE = 12;
/** Integers of the longest array that is used again. */
const LONGEST_SPARE = 1 << 18;
const FIRST_LENGTH = 4096;

/** A list of records of integers that grows at its end. Fields of a new record have any value. */
export class Integers {
  /** The integers; record `i` begins at `i * width`. Replaced when the list grows. */
  values: Int32Array<ArrayBuffer>;
  readonly #width: number;
  #length = 0;

  /** @param width integers in a record */
  constructor(width: number) {
    this.#width = width;
    this.values = spare.pop() ?? new Int32Array(FIRST_LENGTH);
  }

  /** The number of records. */
  get length(): number {
    return this.#length;
  }

  /** Adds a record, and returns where it begins in `values`. */
  add(): number {
    const at = this.#length * this.#width;
    this.#length += 1;
    if (at + this.#width > this.values.length) this.#grow();
    return at;
  }

  #grow(): void {
    const larger = new Int32Array(this.values.length * 2);
    larger.set(this.values);
    release(this.values);
    this.values = larger;
  }

  /** Removes all records. */
  clear(): void {
    this.#length = 0;
  }

  /** Ends the use of the list, and of its memory. */
  free(): void {
    release(this.values);
    this.values = new Int32Array(0);
    this.#length = 0;
  }
}

function release(values: Int32Array<ArrayBuffer>): void {
  if (values.length > LONGEST_SPARE) {
    // Frees the memory now; a large page would else hold several arrays until the collector runs.
    values.buffer.transfer(0);
  } else if (spare.length < MOST_SPARE && values.length > 0) spare.push(values);
}
