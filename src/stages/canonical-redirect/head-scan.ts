import { decodeHTMLAttribute, decodeXML } from "entities/decode";
import { Tokenizer, type TokenizerCallbacks } from "htmlparser2";
import { HtmlDecoder } from "../../http/html-decoder.ts";
import type { CanonicalLink } from "./canonical.ts";

/** What a head holds (HTML §13.2.6.4.4); any other element starts the body, where a link is no metadata. */
const HEAD = new Set("html head base basefont bgsound link meta".split(" "));

/** What holds nothing that counts: raw text, or content that is not part of the page. */
const SKIPPED = new Set("title script style noscript noframes template".split(" "));

/** Marks an alternate version: search engines don't take such a link for the page's canonical. */
const ALTERNATE = new Set(["hreflang", "lang", "media", "type"]);

/** Bytes that are decoded and tokenized at a time, so that little behind the head is. */
const BLOCK = 4096;
/** Longer names are none that count. */
const MAX_NAME = 32;
/** Longer addresses are no addresses. */
const MAX_HREF = 4096;

const TOO_LONG = "http:";

/** Looks for `<link rel="canonical">` (RFC 6596) in a head that arrives in pieces. */
export class HeadScanner implements TokenizerCallbacks {
  readonly #decoder: HtmlDecoder;
  readonly #tokenizer: Tokenizer;
  readonly #isXml: boolean;
  readonly #hasField: boolean;
  readonly #found = new Set<string>();
  #base: string | undefined;
  #isDone = false;
  /** The element whose content is passed over, and how deep it is nested in its like. */
  #skipped = "";
  #depth = 0;
  /** The text before the current block that a name may have begun in. */
  #carry = "";
  #block = "";
  #start = 0;
  /** Of the tag that is open: its name where it counts, its attributes. */
  #tag = "";
  #attribute = "";
  #value = "";
  #rel: string | undefined;
  #href: string | undefined;
  #isAlternate = false;

  /**
   * @param charset of the content, where the Content-Type names it
   * @param isXml whether the content is application/xhtml+xml
   * @param hasField whether a Link field names a canonical already: one element more is enough
   */
  constructor(charset: string | undefined, isXml = false, hasField = false) {
    this.#decoder = new HtmlDecoder(charset);
    this.#isXml = isXml;
    this.#hasField = hasField;
    this.#tokenizer = new Tokenizer({ xmlMode: isXml, decodeEntities: false }, this);
  }

  /** Takes a piece; true once the answer is certain. */
  push(piece: Uint8Array): boolean {
    for (let at = 0; at < piece.length && !this.#isDone; at += BLOCK) {
      this.#write(this.#decoder.decode(piece.subarray(at, at + BLOCK)));
    }
    return this.#isDone;
  }

  /** No more comes: what the decoder held back is looked at. */
  end(): void {
    if (!this.#isDone) this.#write(this.#decoder.end());
  }

  /** The canonical links seen so far. */
  links(): CanonicalLink[] {
    return [...this.#found].map((href) => ({ href, base: this.#base, source: "link-element" }));
  }

  #write(text: string): void {
    if (text === "") return;
    const before = this.#block.length < MAX_NAME ? this.#carry + this.#block : this.#block;
    this.#carry = before.slice(-MAX_NAME);
    this.#start += this.#block.length;
    this.#block = text;
    this.#tokenizer.write(text);
  }

  #finish(): void {
    this.#isDone = true;
    this.#tokenizer.pause();
  }

  /** A name, which may have begun before this block; empty where it is too long to count. */
  #name(start: number, end: number): string {
    if (end - start > MAX_NAME) return "";
    const from = start - this.#start;
    const name =
      from >= 0
        ? this.#block.slice(from, end - this.#start)
        : this.#carry.slice(from) + this.#block.slice(0, end - this.#start);
    return this.#isXml ? name : name.toLowerCase();
  }

  ontext(start: number, end: number): void {
    if (this.#skipped !== "" || this.#isXml) return;
    // HTML §13.2.6.4.4: anything but white space begins the body.
    if (start < this.#start) return this.#finish();
    for (let i = start - this.#start; i < end - this.#start; i++) {
      if (!isSpace(this.#block.charCodeAt(i))) return this.#finish();
    }
  }

  onopentagname(start: number, end: number): void {
    const name = this.#name(start, end);
    this.#tag = "";
    if (this.#skipped !== "") {
      if (name === this.#skipped && (name === "template" || this.#isXml)) this.#tag = name;
    } else if (HEAD.has(name) || SKIPPED.has(name)) {
      this.#tag = name;
      this.#rel = undefined;
      this.#href = undefined;
      this.#isAlternate = false;
    } else if (!this.#isXml || name === "body") this.#finish();
  }

  onattribname(start: number, end: number): void {
    this.#attribute = "";
    if (this.#tag !== "link" && this.#tag !== "base") return;
    this.#attribute = this.#name(start, end);
    this.#value = "";
    if (ALTERNATE.has(this.#attribute)) this.#isAlternate = true;
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute !== "href" && this.#attribute !== "rel") return;
    if (this.#value.length + end - start > MAX_HREF) this.#value = TOO_LONG.padEnd(MAX_HREF);
    else this.#value += this.#block.slice(start - this.#start, end - this.#start);
  }

  onattribend(): void {
    // HTML §13.2.5.33: of two attributes with one name, the first counts.
    if (this.#attribute === "href") this.#href ??= this.#decoded();
    else if (this.#attribute === "rel") this.#rel ??= this.#decoded();
    this.#attribute = "";
  }

  onopentagend(): void {
    const tag = this.#tag;
    if (this.#skipped !== "") {
      if (tag !== "") this.#depth += 1;
    } else if (tag === "link") this.#link();
    else if (tag === "base") this.#base ??= this.#href;
    else if (SKIPPED.has(tag)) {
      this.#skipped = tag;
      this.#depth = 1;
    }
  }

  onselfclosingtag(): void {
    // In HTML the slash means nothing: `<script/>` is open.
    if (!this.#isXml || !SKIPPED.has(this.#tag)) this.onopentagend();
  }

  onclosetag(start: number, end: number): void {
    const name = this.#name(start, end);
    if (this.#skipped !== "") {
      if (name !== this.#skipped) return;
      this.#depth -= 1;
      if (this.#depth === 0) this.#skipped = "";
    } else if (name === "head" || name === "body" || name === "html" || name === "br") {
      this.#finish();
    }
  }

  #link(): void {
    if (this.#isAlternate || !isCanonical(this.#rel)) return;
    const href = this.#href ?? "";
    this.#found.add(href);
    // Both sources seen. A base that comes later would still count, but for an absolute address.
    const isSettled = this.#base !== undefined || URL.canParse(href);
    if ((this.#hasField && href !== "" && isSettled) || this.#found.size >= MAX_LINKS) {
      this.#finish();
    }
  }

  #decoded(): string {
    // HTML §13.2.5: a null in a value stands for a character that is lost.
    const value = this.#value.replaceAll("\0", "\uFFFD");
    if (!value.includes("&")) return value;
    return this.#isXml ? decodeXML(value) : decodeHTMLAttribute(value);
  }

  ontextentity(): void {}
  onattribentity(): void {}
  oncdata(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {}
}

/** As many different addresses conflict, whatever comes. */
const MAX_LINKS = 16;

function isCanonical(rel: string | undefined): boolean {
  if (rel === undefined) return false;
  if (rel.length === 9) return rel.toLowerCase() === "canonical";
  return rel
    .toLowerCase()
    .split(/[\t\n\f\r ]+/)
    .includes("canonical");
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13 || code === 12;
}
