import {
  BANG,
  DASH,
  endsName,
  GREATER,
  isLetter,
  isWordAt,
  LESS,
  QUESTION,
  SLASH,
} from "./characters.ts";
import { commentTextEnd, MarkupEnd, type MarkupKind, openCommentTextEnd } from "./markup-end.ts";
import { CdataText, RawText, rawTextName } from "./raw-text.ts";
import { endOfText } from "./text-end.ts";
import { TagEnd } from "./tag-end.ts";

/** What a tokenizer tells. Positions are valid in their `source`, and only during the call. */
export interface TokenEvents {
  /**
   * A start tag. Its name is source[nameStart, nameEnd), its raw attributes are source[nameEnd, end),
   * without the final `>`, but with a `/` before it. In HTML a slash has no meaning but in SVG and MathML.
   */
  open(source: string, nameStart: number, nameEnd: number, end: number, selfClosing: boolean): void;
  close(source: string, nameStart: number, nameEnd: number): void;
  /**
   * Text as written: references are not decoded, nulls and carriage returns are there. It never ends inside
   * of a reference (of up to 64 characters), a surrogate pair or a CRLF, unless the input ends there.
   * @param isLiteral whether it has no references: script, style, xmp, iframe, noembed, noframes, plaintext, CDATA
   */
  text(source: string, start: number, end: number, isLiteral: boolean): void;
  /** The text of a comment; also of a bogus one (`<?x>`, `<!x>`, `</3>`) and of an instruction in XML. */
  comment(source: string, start: number, end: number): void;
  /** Whether the position is inside SVG or MathML: CDATA sections exist, and no elements of raw text. */
  isForeign(): boolean;
  /** The text of a doctype, from the word on. */
  doctype?(source: string, start: number, end: number): void;
}

export interface TokenizerOptions {
  /** Whether the input is XML. @default false */
  readonly isXml?: boolean;
  /** Whether the content of noscript is text, as in a browser that runs scripts. @default false */
  readonly hasScripting?: boolean;
}

/** Characters of a tag or comment that are read; of longer ones the rest is skipped. */
const LONGEST = 1024 * 1024;
/** Characters that tell what a declaration is: `<![CDATA[` and `<!doctype`. */
const DECLARATION = 9;

/**
 * Finds tags, texts and comments in HTML or XML (HTML §13.2.5) that arrives in pieces. What is complete in
 * a piece is not copied; of an incomplete tag or comment, up to 1 Mi characters are stored until it ends, and
 * each piece is read once. A tag that the input ends in is dropped.
 *
 * In XML names begin with any letter, all elements have markup as content,
 * and CDATA sections are everywhere.
 */
export class Tokenizer {
  readonly #events: TokenEvents;
  readonly #isXml: boolean;
  readonly #hasScripting: boolean;
  readonly #tagEnd = new TagEnd();
  readonly #markupEnd: MarkupEnd;
  /** Where the current source, the next piece and the held tag begin in the input. */
  #offset = 0;
  #length = 0;
  #heldOffset = 0;
  #isStopped = false;
  #isEnding = false;
  #raw: RawText | CdataText | undefined;
  /** A short end of the input so far, which is read again with the next piece. */
  #rest = "";
  /** An incomplete tag or comment from its `<` on. */
  #held = "";
  #heldKind: "open" | "close" | MarkupKind = "bogus";
  /** The end of the held tag's name; 0 if it is not known yet. */
  #heldName = 0;

  constructor(events: TokenEvents, options: TokenizerOptions = {}) {
    this.#events = events;
    this.#isXml = options.isXml ?? false;
    this.#hasScripting = options.hasScripting ?? false;
    this.#markupEnd = new MarkupEnd(this.#isXml);
  }

  /** The offset of an event's source in the whole input. */
  get offset(): number {
    return this.#offset;
  }

  /** Reads a piece. The same input gives the same tags however it is cut; a text may come in more parts. */
  write(piece: string): void {
    if (this.#isStopped || piece === "") return;
    const source = this.#rest === "" ? piece : this.#rest + piece;
    const start = this.#length - this.#rest.length;
    this.#rest = "";
    this.#length += piece.length;
    this.#markupEnd.enter();
    const at = this.#held === "" ? 0 : this.#resume(source);
    this.#offset = start;
    if (at >= 0) this.#read(source, at);
  }

  /** Reads what is left at the end of the input. */
  end(): void {
    if (this.#isStopped) return;
    this.#isEnding = true;
    const rest = this.#rest;
    this.#rest = "";
    this.#offset = this.#length - rest.length;
    this.#markupEnd.enter();
    if (rest !== "") this.#read(rest, 0);
    if (this.#held !== "" && !this.#isStopped) this.#endInMarkup(this.#held);
    this.stop();
  }

  /** No more events. */
  stop(): void {
    this.#isStopped = true;
    this.#rest = "";
    this.#held = "";
  }

  #read(source: string, from: number): void {
    let i = from;
    while (i < source.length && !this.#isStopped) {
      i = this.#raw === undefined ? this.#readData(source, i) : this.#readRaw(source, i, this.#raw);
    }
  }

  /** Reads a text and what follows it; the position behind. */
  #readData(source: string, from: number): number {
    let at = source.charCodeAt(from) === LESS ? from : source.indexOf("<", from);
    for (; at >= 0; at = source.indexOf("<", at + 1)) {
      const code = source.charCodeAt(at + 1);
      if (this.#beginsName(code)) {
        if (at > from) this.#events.text(source, from, at, false);
        return this.#readTag(source, at, at + 1);
      }
      if (code === SLASH || code === BANG || code === QUESTION) {
        const isCut = at + 2 === source.length && (code === SLASH || !this.#isEnding);
        if (isCut) return this.#keep(source, from, at, false);
        if (at > from) this.#events.text(source, from, at, false);
        return code === SLASH ? this.#readEndTag(source, at) : this.#readMarkup(source, at, code);
      }
      if (at + 1 === source.length) return this.#keep(source, from, at, false);
    }
    return this.#keep(source, from, endOfText(source, from, true), false);
  }

  #beginsName(code: number): boolean {
    return isLetter(code) || (this.#isXml && (code === 0x5f || code === 0x3a || code > 0x7f));
  }

  /** Tells the text up to a position, and keeps what is behind it for the next piece. */
  #keep(source: string, from: number, at: number, isLiteral: boolean): number {
    const { length } = source;
    const end = this.#isEnding ? length : at;
    if (end > from) this.#events.text(source, from, end, isLiteral);
    if (end < length) this.#rest = source.slice(end);
    return length;
  }

  #readRaw(source: string, from: number, raw: RawText | CdataText): number {
    const at = raw.find(source, from);
    if (at < 0) {
      const { certain } = raw;
      const end = certain < source.length ? certain : endOfText(source, from, !raw.isLiteral);
      return this.#keep(source, from, end, raw.isLiteral);
    }
    if (at > from) this.#events.text(source, from, at, raw.isLiteral);
    this.#raw = undefined;
    return raw instanceof CdataText ? at + 3 : this.#readTag(source, at, at + 2);
  }

  #readTag(source: string, at: number, nameStart: number): number {
    const { length } = source;
    let i = nameStart + 1;
    while (i < length && !endsName(source.charCodeAt(i))) i++;
    let close = i;
    this.#tagEnd.begin();
    if (i === length || source.charCodeAt(i) !== GREATER) close = this.#tagEnd.find(source, i);
    else this.#tagEnd.isSelfClosing = false;
    if (close >= 0) {
      this.#tellTag(source, at, nameStart, i, close);
      return close + 1;
    }
    this.#heldName = i === length ? 0 : i - at;
    return this.#hold(source, at, nameStart === at + 1 ? "open" : "close");
  }

  #tellTag(source: string, at: number, start: number, nameEnd: number, close: number): void {
    if (this.#isStopped) return;
    const end = Math.min(close, at + LONGEST);
    const name = Math.min(nameEnd, end);
    if (start > at + 1) return this.#events.close(source, start, name);
    const raw = this.#isXml ? undefined : rawTextName(source, start, name, this.#hasScripting);
    const isRaw = raw !== undefined && !this.#events.isForeign();
    this.#events.open(source, start, name, end, this.#tagEnd.isSelfClosing);
    if (isRaw) this.#raw = new RawText(raw);
  }

  #readEndTag(source: string, at: number): number {
    const code = source.charCodeAt(at + 2);
    if (this.#beginsName(code)) return this.#readTag(source, at, at + 2);
    // HTML §13.2.5.7: `</>` is nothing.
    return code === GREATER ? at + 3 : this.#readUntilEnd(source, at, "bogus");
  }

  /** Reads `<!…` and `<?…`. */
  #readMarkup(source: string, at: number, code: number): number {
    if (code === QUESTION)
      return this.#readUntilEnd(source, at, this.#isXml ? "instruction" : "bogus");
    if (source.startsWith("--", at + 2)) return this.#readComment(source, at);
    if (at + DECLARATION > source.length && !this.#isEnding) {
      this.#rest = source.slice(at);
      return source.length;
    }
    if (isWordAt(source, at + 2, "doctype")) return this.#readUntilEnd(source, at, "doctype");
    if (source.startsWith("[CDATA[", at + 2) && (this.#isXml || this.#events.isForeign())) {
      this.#raw = new CdataText();
      return at + DECLARATION;
    }
    return this.#readUntilEnd(source, at, "bogus");
  }

  #readComment(source: string, at: number): number {
    const start = at + 4;
    const dashes = source.charCodeAt(start) === DASH ? 1 : 0;
    if (source.charCodeAt(start + dashes) === GREATER) {
      // HTML §13.2.5.43: `<!-->` and `<!--->` are empty comments.
      if (!this.#isStopped) this.#events.comment(source, start, start);
      return start + dashes + 1;
    }
    if (start + dashes === source.length && !this.#isEnding) {
      this.#rest = source.slice(at);
      return source.length;
    }
    return this.#readUntilEnd(source, at, "comment");
  }

  #readUntilEnd(source: string, at: number, kind: MarkupKind): number {
    this.#markupEnd.begin(kind);
    const close = this.#markupEnd.find(source, at + (kind === "comment" ? 4 : 2));
    if (close < 0) return this.#hold(source, at, kind);
    this.#tellMarkup(source, at, close, kind);
    return close + 1;
  }

  #tellMarkup(source: string, at: number, close: number, kind: MarkupKind): void {
    if (this.#isStopped) return;
    const start = at + (kind === "comment" ? 4 : source.charCodeAt(at + 1) === QUESTION ? 1 : 2);
    let end = Math.min(close, at + LONGEST);
    if (kind === "comment" && end === close) end = commentTextEnd(source, start, close);
    if (kind === "doctype") this.#events.doctype?.(source, start, end);
    else this.#events.comment(source, start, end);
  }

  #hold(source: string, at: number, kind: "open" | "close" | MarkupKind): number {
    this.#held = source.slice(at, at + LONGEST);
    this.#heldOffset = this.#offset + at;
    this.#heldKind = kind;
    return source.length;
  }

  /** Goes on in a held tag or comment; the position behind it, or -1 if it still does not end. */
  #resume(piece: string): number {
    const kind = this.#heldKind;
    const isTag = kind === "open" || kind === "close";
    let i = 0;
    if (isTag && this.#heldName === 0) {
      while (i < piece.length && !endsName(piece.charCodeAt(i))) i++;
      if (i < piece.length) this.#heldName = this.#held.length + i;
    }
    const close = (isTag ? this.#tagEnd : this.#markupEnd).find(piece, i);
    const room = LONGEST - this.#held.length;
    if (close < 0) {
      if (room > 0) this.#held += piece.slice(0, room);
      return -1;
    }
    const source = this.#held + piece.slice(0, close + 1);
    const end = source.length - 1;
    this.#held = "";
    this.#offset = this.#heldOffset;
    if (isTag) this.#tellTag(source, 0, kind === "open" ? 1 : 2, this.#heldName, end);
    else this.#tellMarkup(source, 0, end, kind);
    return close + 1;
  }

  /** HTML §13.2.5: at the end of the input, an open comment ends, and an open tag is nothing. */
  #endInMarkup(source: string): void {
    const kind = this.#heldKind;
    this.#offset = this.#heldOffset;
    if (kind === "open" || kind === "close") return;
    if (kind === "comment") this.#events.comment(source, 4, openCommentTextEnd(source, 4));
    else this.#tellMarkup(source, 0, source.length, kind);
  }
}
