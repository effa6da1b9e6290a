/** The longest part that is joined at once. */
const LONGEST_PART = 4096;

/** Joins the lines of code, whatever separates them: line feeds, `<br>`, or elements alone. */
export class CodeText {
  #text = "";
  #part = "";
  #length = 0;
  #endsLine = true;
  /** Whether a line has ended, and nothing has separated it from the next one yet. */
  #owesBreak = false;
  /** Whether it was a block, after which a `<br>` is one more line. */
  #isBlockEnd = false;
  #lineStart = 0;

  append(text: string): void {
    if (text === "") return;
    if (this.#owesBreak && !/^\r?\n/.test(text)) this.#write("\n");
    this.#owesBreak = false;
    this.#write(text);
  }

  #write(text: string): void {
    this.#part += text;
    this.#length += text.length;
    this.#endsLine = text.endsWith("\n");
    if (this.#part.length < LONGEST_PART) return;
    this.#text += this.#part;
    this.#part = "";
  }

  lineBreak(): void {
    if (this.#owesBreak && this.#isBlockEnd) this.#write("\n");
    this.#owesBreak = false;
    this.#write("\n");
  }

  /** A block begins or ends. */
  boundary(): void {
    if (!this.#endsLine) this.#owe(true);
  }

  #owe(isBlockEnd: boolean): void {
    this.#owesBreak = true;
    this.#isBlockEnd = isBlockEnd;
  }

  openLine(): void {
    if (this.#owesBreak || !this.#endsLine) this.#write("\n");
    this.#owesBreak = false;
    this.#lineStart = this.#length;
  }

  closeLine(isBlock: boolean): void {
    if (this.#length === this.#lineStart || !this.#endsLine) this.#owe(isBlock);
  }

  toString(): string {
    return this.#text + this.#part;
  }
}
