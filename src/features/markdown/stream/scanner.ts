import { decodeHTML, decodeHTMLAttribute } from "entities/decode";
import { Tokenizer } from "htmlparser2";
import { Attributes } from "./attributes.ts";
import { type ElementKind, ElementKinds } from "./elements.ts";

/** The events of the scanner: whole tags and texts, however the input is cut. */
export interface ScannerEvents {
  /** @param attributes valid only during the call */
  open(kind: ElementKind, attributes: Attributes, selfClosing: boolean): void;
  close(kind: ElementKind): void;
  /** A part of a string is text. */
  text(source: string, start: number, end: number): void;
  /** Whether text and attributes are needed at this position. */
  wantsText(): boolean;
  /** Whether the rest of the input is not needed. */
  readonly isOver: boolean;
  /** Whether the position is inside SVG or MathML. */
  isForeign(): boolean;
}

const LONGEST_TEXT = 16_384;
const LONGEST_REFERENCE = 40;

/** Runs htmlparser2's tokenizer, and joins tags and texts that the input's cuts divide. */
export class Scanner {
  /** The number of tags and texts so far. */
  steps = 0;
  readonly #events: ScannerEvents;
  readonly #tokenizer: Tokenizer;
  readonly #kinds = new ElementKinds();
  readonly #attributes: Attributes;
  #window = "";
  #windowStart = 0;
  #length = 0;
  /** The offset up to which events were sent. */
  #told = 0;
  /** The next ampersand, or the end of the input so far. */
  #reference = -1;
  #textStart = -1;
  #textEnd = -1;
  #kind: ElementKind | undefined;
  /** Whether the attributes of the current tag are needed. */
  #isRead = false;
  #name: string | undefined;
  #valueStart = -1;
  #valueEnd = -1;

  constructor(events: ScannerEvents, extraAttributes: ReadonlySet<string>) {
    this.#events = events;
    this.#attributes = new Attributes(extraAttributes);
    this.#tokenizer = new Tokenizer({ decodeEntities: false }, this);
  }

  write(piece: string): void {
    if (piece === "" || this.#events.isOver) return;
    const read = this.#told - this.#windowStart;
    if (read >= this.#window.length) {
      this.#window = piece;
      this.#windowStart = this.#length;
    } else if (read > 0) {
      this.#window = this.#window.slice(read) + piece;
      this.#windowStart = this.#told;
    } else {
      this.#window += piece;
    }
    this.#length += piece.length;
    this.#tokenizer.write(piece);
  }

  end(): void {
    if (this.#events.isOver) return;
    this.#tokenizer.end();
    this.#flushText();
  }

  #slice(start: number, end: number): string {
    return this.#window.slice(start - this.#windowStart, end - this.#windowStart);
  }

  #kindAt(start: number, end: number): ElementKind {
    return this.#kinds.find(this.#window, start - this.#windowStart, end - this.#windowStart);
  }

  /** Whether a text may contain character references; reads each character of the input once. */
  #hasReference(start: number, end: number): boolean {
    if (this.#reference < start + this.#windowStart) {
      const found = this.#window.indexOf("&", start);
      this.#reference = found < 0 ? this.#length : found + this.#windowStart;
    }
    return this.#reference < end + this.#windowStart;
  }

  #flushText(): void {
    if (this.#textStart < 0) return;
    this.#tellText(this.#textEnd);
    this.#textStart = -1;
  }

  /** Sends the text up to a position. */
  #tellText(textEnd: number): void {
    this.steps += 1;
    if (this.#events.wantsText()) {
      const start = this.#textStart - this.#windowStart;
      const end = textEnd - this.#windowStart;
      if (!this.#hasReference(start, end)) {
        this.#events.text(this.#window, start, end);
      } else {
        const text = decodeHTML(this.#window.slice(start, end));
        this.#events.text(text, 0, text.length);
      }
    }
    this.#told = textEnd;
    this.#textStart = textEnd;
  }

  ontext(start: number, end: number): void {
    if (this.#textStart < 0 || this.#textEnd !== start) {
      // Only a `</` without a name is skipped inside of a text.
      this.#flushText();
      this.#textStart = start;
    }
    this.#textEnd = end;
    // Sent in steps counted from its start, so that memory is bounded and cuts do not matter.
    while (this.#textEnd - this.#textStart >= LONGEST_TEXT + LONGEST_REFERENCE) {
      this.#tellText(this.#stepFrom(this.#textStart));
    }
  }

  /** The end of the next step of a long text: not inside a reference or a surrogate pair. */
  #stepFrom(start: number): number {
    const end = start + LONGEST_TEXT - this.#windowStart;
    const reference = this.#window.lastIndexOf("&", end - 1);
    if (reference > end - LONGEST_REFERENCE) return reference + this.#windowStart;
    const last = this.#window.charCodeAt(end - 1);
    return end + this.#windowStart - (last >= 0xd800 && last <= 0xdbff ? 1 : 0);
  }

  ontextentity(): void {}

  onopentagname(start: number, end: number): void {
    this.#flushText();
    this.steps += 1;
    this.#attributes.clear();
    this.#kind = this.#kindAt(start, end);
    this.#isRead = this.#events.wantsText();
    this.#told = end;
  }

  onattribname(start: number, end: number): void {
    this.#told = end;
    if (!this.#isRead) return;
    this.steps += 1;
    this.#valueStart = -1;
    const from = start - this.#windowStart;
    this.#name = this.#attributes.nameAt(this.#window, from, end - this.#windowStart);
  }

  onattribdata(start: number, end: number): void {
    if (this.#name === undefined) {
      this.#told = end;
      return;
    }
    if (this.#valueStart < 0) this.#valueStart = start;
    this.#valueEnd = end;
  }

  onattribentity(): void {}

  onattribend(_quote: number, end: number): void {
    if (this.#name !== undefined) {
      const value = this.#valueStart < 0 ? "" : this.#slice(this.#valueStart, this.#valueEnd);
      this.#attributes.add(this.#name, value.includes("&") ? decodeHTMLAttribute(value) : value);
      this.#name = undefined;
    }
    this.#told = Math.max(this.#told, end);
  }

  onopentagend(end: number): void {
    this.#told = end + 1;
    if (this.#kind !== undefined) this.#events.open(this.#kind, this.#attributes, false);
  }

  onselfclosingtag(end: number): void {
    this.#told = end + 1;
    if (this.#kind !== undefined) this.#events.open(this.#kind, this.#attributes, true);
  }

  onclosetag(start: number, end: number): void {
    this.#flushText();
    this.steps += 1;
    this.#told = end;
    this.#events.close(this.#kindAt(start, end));
    if (this.#events.isOver) this.#tokenizer.pause();
  }

  oncdata(start: number, end: number, offset: number): void {
    this.#flushText();
    if (this.#events.isForeign() && this.#events.wantsText()) {
      const text = this.#slice(start, end - offset);
      this.#events.text(text, 0, text.length);
    }
    this.#told = end + 1;
  }

  readonly #skip = (_start: number, end: number): void => {
    this.#flushText();
    this.#told = end + 1;
  };

  readonly oncomment = this.#skip;
  readonly ondeclaration = this.#skip;
  readonly onprocessinginstruction = this.#skip;

  onend(): void {}

  isInForeignContext(): boolean {
    return this.#events.isForeign();
  }
}
