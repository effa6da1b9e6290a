const LONGEST_TAIL = 2048;
const TAIL_LENGTH = 64;

/** Text that grows at its end. Only its tail changes, so that long lines are joined once. */
export class Growing {
  #settled = "";
  #tail = "";
  #first = "";
  #last = "";
  #lastAt = -1;

  get isEmpty(): boolean {
    return this.#tail === "";
  }

  get length(): number {
    return this.#settled.length + this.#tail.length;
  }

  /** The last characters, or all of a short text. */
  get tail(): string {
    return this.#tail;
  }

  /** The first character, not counting markers of emphasis. */
  get first(): string {
    return this.#first === "" ? this.#tail.slice(0, 2) : this.#first;
  }

  /** The last character, not counting markers of emphasis. */
  get last(): string {
    return this.#lastAt === this.length ? this.#last : this.#tail.slice(-2);
  }

  append(text: string): void {
    this.#tail += text;
    if (this.#tail.length <= LONGEST_TAIL) return;
    this.#rememberFirst();
    this.#settled += this.#tail.slice(0, -TAIL_LENGTH);
    this.#tail = this.#tail.slice(-TAIL_LENGTH);
  }

  #rememberFirst(): void {
    if (this.#first === "") this.#first = this.#tail.slice(0, 2);
  }

  /** Appends another text between two markers. */
  wrap(opening: string, inner: Growing, closing: string): void {
    if (inner.#settled === "") {
      this.append(opening + inner.#tail + closing);
      return;
    }
    this.#tail += opening;
    this.#rememberFirst();
    this.#settled += this.#tail + inner.#settled;
    this.#tail = inner.#tail;
    this.append(closing);
  }

  /** Appends another text between markers of emphasis, which `first` and `last` ignore. */
  emphasize(before: string, marker: string, inner: Growing): void {
    if (this.isEmpty) this.#first = inner.first;
    const { last } = inner;
    this.wrap(before + marker, inner, marker);
    this.#last = last;
    this.#lastAt = this.length;
  }

  /** Replaces the last characters. */
  replaceEnd(count: number, text: string): void {
    this.#tail = this.#tail.slice(0, -count) + text;
  }

  toString(): string {
    return this.#settled + this.#tail;
  }
}
