/** A list of records of integers that grows at its end. */
export class Integers {
  /** The integers; record `i` begins at `i * width`. Replaced when the list grows. */
  values: Int32Array;
  readonly #width: number;
  #length = 0;

  /** @param width integers in a record @param capacity records for which there is room at first */
  constructor(width: number, capacity: number) {
    this.#width = width;
    this.values = new Int32Array(width * capacity);
  }

  /** The number of records. */
  get length(): number {
    return this.#length;
  }

  /** Adds a record of zeros, and returns where it begins in `values`. */
  add(): number {
    const at = this.#length * this.#width;
    this.#length += 1;
    if (at + this.#width > this.values.length) this.#grow();
    return at;
  }

  #grow(): void {
    const larger = new Int32Array(this.values.length * 2);
    larger.set(this.values);
    this.values = larger;
  }
}
