import { findAttribute } from "../../html/attributes.ts";
import { ForeignContent } from "../../html/foreign-content.ts";
import { decodeAttribute } from "../../html/references.ts";
import { type TokenEvents, Tokenizer } from "../../html/tokenizer.ts";
import { namesMarkdown } from "../../http/link.ts";

/** Charsets in which markup can't be found by its bytes, or ASCII can't be inserted. */
const NO_ASCII = /^(?:utf-?32|hz-gb|utf-7|ucs-4)/;
const UTF_16 = /^(?:utf-?16|unicode|ucs-2|iso-10646-ucs-2|csunicode)/;

/** Elements that come before a body (HTML §13.2.6.4.4), and those whose text is not shown. */
const HEAD = new Set(
  "html head base basefont bgsound link meta title noscript noframes style script template".split(
    " ",
  ),
);

/** Elements that only a whole page has, not a fragment. */
const DOCUMENT = new Set(["html", "head", "title", "body"]);

/** The depth of invisible elements at which the search ends. */
const MAX_DEPTH = 512;

/** A tag of a body that is longer is cut by the tokenizer, so that its end is not known. */
const LONGEST_TAG = 1024 * 1024;

/** Facts from a page's head. */
export interface HeadFacts {
  /** Reference of the page's own markdown. */
  readonly alternate: string | undefined;
  /** The href of the first `<base>`. */
  readonly base: string | undefined;
}

/** Finds the start of a page's body, as an offset in bytes. */
export class BodyFinder implements HeadFacts, TokenEvents {
  /** The start of the body's content; undefined if it is not known yet. */
  at: number | undefined;
  isOver = false;
  /** Values of `<meta http-equiv="Content-Security-Policy">`. */
  readonly policies: string[] = [];
  alternate: string | undefined;
  base: string | undefined;
  readonly #units: Units;
  readonly #tokenizer = new Tokenizer(this);
  readonly #foreign = new ForeignContent();
  /** Open elements whose content is not shown. */
  readonly #invisible: string[] = [];
  /** Whether it is a whole page; scripts insert fragments where a hint could show or do harm. */
  #isDocument = false;

  constructor(charset: string | undefined) {
    if (charset !== undefined && NO_ASCII.test(charset)) this.isOver = true;
    this.#units = new Units(charset);
  }

  push(piece: Uint8Array): void {
    if (!this.isOver && this.at === undefined) this.#tokenizer.write(this.#units.read(piece));
  }

  /** Encodes ASCII in the page's charset. */
  encode(ascii: string): Uint8Array {
    return this.#units.encode(ascii);
  }

  doctype(): void {
    this.#isDocument = true;
  }

  open(source: string, start: number, nameEnd: number, end: number, selfClosing: boolean): void {
    this.#foreign.open(source, start, nameEnd, selfClosing);
    const name = source.slice(start, Math.min(nameEnd, start + 16)).toLowerCase();
    const attribute = (key: string) => findAttribute(source, nameEnd, end, key);
    if (DOCUMENT.has(name)) this.#isDocument = true;
    if (this.#invisible.length > 0) {
      if (INVISIBLE.has(name)) this.#enter(name);
    } else if (name === "body") {
      if (end - start >= LONGEST_TAG - 1) this.#end();
      this.#found(this.#tokenizer.offset + end + 1);
    }
    // A frameset has no body, and would show nothing.
    else if (name === "frameset") this.#end();
    else if (name === "meta") this.#meta(attribute);
    else if (name === "base") this.base ??= asciiOf(attribute("href"));
    else if (name === "link") this.#link(attribute);
    else if (!HEAD.has(name)) this.#found(this.#tokenizer.offset + start - 1);
    else if (INVISIBLE.has(name)) this.#enter(name);
  }

  close(source: string, start: number, end: number): void {
    this.#foreign.close(source, start, end);
    if (this.#invisible.length === 0) return;
    const name = source.slice(start, Math.min(end, start + 16)).toLowerCase();
    const at = this.#invisible.lastIndexOf(name);
    if (at >= 0) this.#invisible.length = at;
  }

  text(source: string, start: number, end: number): void {
    if (this.#invisible.length > 0) return;
    if (source.slice(start, end).trim() !== "") this.#found(this.#tokenizer.offset + start);
  }

  comment(): void {}

  isForeign(): boolean {
    return this.#foreign.isForeign;
  }

  #enter(name: string): void {
    if (this.#invisible.push(name) > MAX_DEPTH) this.#end();
  }

  #end(): void {
    this.isOver = true;
    this.#tokenizer.stop();
  }

  #meta(attribute: (name: string) => string | undefined): void {
    const content = attribute("content") ?? "";
    const equiv = attribute("http-equiv")?.toLowerCase();
    if (equiv === "content-security-policy") this.policies.push(content);
    const said = attribute("charset") ?? /charset\s*=\s*["']?([^\s"';]+)/i.exec(content)?.[1];
    if (said !== undefined && /^hz-gb/i.test(said)) this.#end();
  }

  #link(attribute: (name: string) => string | undefined): void {
    if (namesMarkdown(attribute("rel") ?? "", attribute("type") ?? "")) {
      this.alternate ??= asciiOf(attribute("href"));
    }
  }

  #found(at: number): void {
    if (!this.#isDocument) this.isOver = true;
    if (!this.isOver) this.at ??= at * this.#units.width;
    this.#tokenizer.stop();
  }
}

/** An ASCII address; undefined if it has other characters, which are not decoded here. */
function asciiOf(href: string | undefined): string | undefined {
  const address = href === undefined ? "" : decodeAttribute(href).trim();
  return /^[!-~]+$/.test(address) ? address : undefined;
}

/** Head elements with content. */
const INVISIBLE = new Set("title noscript noframes style script template".split(" "));

/** Reads each code unit of a page's charset as one character, which keeps the markup readable. */
class Units {
  /** Bytes of a unit. */
  width = 1;
  readonly #charset: string | undefined;
  #isBig = false;
  #isStart = true;
  #half: number | undefined;
  /** Whether the position is in Japanese text of ISO-2022-JP: there "<" is half a character. */
  #isShifted = false;
  #isEscaped = false;

  constructor(charset: string | undefined) {
    this.#charset = charset;
  }

  read(piece: Uint8Array): string {
    if (this.#isStart) this.#detect(piece);
    const isFirst = this.#isStart;
    this.#isStart = false;
    let text = this.width === 2 ? this.#readPairs(piece) : this.#readBytes(piece);
    // A byte order mark is not text.
    if (isFirst && text.startsWith("\u00ef\u00bb\u00bf")) text = `   ${text.slice(3)}`;
    return text;
  }

  encode(ascii: string): Uint8Array {
    const bytes = new Uint8Array(ascii.length * this.width);
    const at = this.width === 2 && this.#isBig ? 1 : 0;
    for (let i = 0; i < ascii.length; i++) bytes[i * this.width + at] = ascii.charCodeAt(i);
    return bytes;
  }

  #detect([first, second]: Uint8Array): void {
    const isLittle = first === 0xff && second === 0xfe;
    this.#isBig = first === 0xfe && second === 0xff;
    const charset = this.#charset ?? "";
    const isNamed = UTF_16.test(charset);
    if (isNamed && !isLittle && charset.endsWith("be")) this.#isBig = true;
    if (isNamed || isLittle || this.#isBig) this.width = 2;
  }

  #readBytes(piece: Uint8Array): string {
    let text = "";
    for (const byte of piece) {
      if (this.#isEscaped) this.#isShifted = byte === 0x24;
      this.#isEscaped = byte === 0x1b;
      text += this.#isShifted ? "x" : String.fromCharCode(byte);
    }
    return text;
  }

  #readPairs(piece: Uint8Array): string {
    let text = "";
    for (const byte of piece) {
      if (this.#half === undefined) this.#half = byte;
      else {
        text += String.fromCharCode(
          this.#isBig ? this.#half * 256 + byte : byte * 256 + this.#half,
        );
        this.#half = undefined;
      }
    }
    return text;
  }
}
