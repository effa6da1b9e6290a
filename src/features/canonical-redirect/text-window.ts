/** The longest name that the scan knows. */
const MAX_NAME = 32;

/** The text at a tokenizer's offsets: the current block, and the end of the previous one. */
export class TextWindow {
  #block = "";
  /** Offset of the block in the whole text. */
  #start = 0;
  /** The characters before the block in which a name may have begun. */
  #carry = "";
  readonly #isCaseSensitive: boolean;

  constructor(isCaseSensitive: boolean) {
    this.#isCaseSensitive = isCaseSensitive;
  }

  /** Replaces the current block by the next one. */
  advance(block: string): void {
    if (this.#block !== "") {
      const before = this.#block.length < MAX_NAME ? this.#carry + this.#block : this.#block;
      this.#carry = before.slice(-MAX_NAME);
      this.#start += this.#block.length;
    }
    this.#block = block;
  }

  /** A piece of the current block. */
  slice(start: number, end: number): string {
    return this.#block.slice(start - this.#start, end - this.#start);
  }

  /** The character code at an offset; zero before the block. */
  codeAt(offset: number): number {
    const at = offset - this.#start;
    return at < 0 ? 0 : this.#block.charCodeAt(at);
  }

  /** Whether the name at these offsets equals a lower-case name; makes no copy. */
  is(word: string, start: number, end: number): boolean {
    if (end - start !== word.length) return false;
    const from = start - this.#start;
    if (from < 0) return this.#carried(from, end) === word;
    const fold = this.#isCaseSensitive ? 0 : 0x20;
    for (let i = 0; i < word.length; i++) {
      if ((this.#block.charCodeAt(from + i) | fold) !== word.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Whether a piece is only white space (HTML, ASCII white space). */
  isBlank(start: number, end: number): boolean {
    const last = end - this.#start;
    let i = start - this.#start;
    if (i < 0) return false;
    for (; i < last; i++) {
      const code = this.#block.charCodeAt(i);
      if (code !== 32 && code !== 10 && code !== 9 && code !== 13 && code !== 12) return false;
    }
    return true;
  }

  #carried(from: number, end: number): string {
    const name = this.#carry.slice(from) + this.#block.slice(0, end - this.#start);
    return this.#isCaseSensitive ? name : name.toLowerCase();
  }
}
