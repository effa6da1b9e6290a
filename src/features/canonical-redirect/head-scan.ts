import { decodeXML } from "entities/decode";
import { isSpace } from "../../html/characters.ts";
import { decodeAttribute } from "../../html/references.ts";
import { type TokenEvents, Tokenizer } from "../../html/tokenizer.ts";
import { HtmlDecoder } from "../../http/html-decoder.ts";
import { MAX_HREF, MAX_LINKS, type CanonicalLink } from "./canonical.ts";
import { attributeIn, attributesIn, elementAt, isName, relationsOf } from "./head-elements.ts";
import {
  forbidsIndexing,
  refreshAddress,
  type HeadAddress,
  type HeadStatements,
  type LanguageLink,
} from "./head-facts.ts";

/** Bytes that are decoded and tokenized at a time, so that little is read after the head. */
const FIRST_BLOCK = 1536;
const BLOCK = 4096;
/** End tags that end the head; other end tags are ignored there (HTML §13.2.6.4.4). */
const HEAD_ENDS = ["head", "body", "html", "br"];

/** An invalid URL that stands for an address that is too long. */
const TOO_LONG = "http:";

/** The most language links that are read; more of them are dropped. */
const MAX_LANGUAGES = 200;
const MAX_TITLE = 300;

/** Reads the statements about a page's canonical (RFC 6596) in a head that arrives in pieces. */
export class HeadScanner implements TokenEvents {
  readonly #decoder: HtmlDecoder;
  readonly #tokenizer: Tokenizer;
  readonly #isXml: boolean;
  readonly #hasField: boolean;
  readonly #found: string[] = [];
  readonly #languages: { readonly href: string; readonly language: string }[] = [];
  readonly #previous: string[] = [];
  readonly #next: string[] = [];
  #refresh: string | undefined;
  #title = "";
  #hasTitle = false;
  #language: string | undefined;
  #isHidden = false;
  #base: string | undefined;
  #isBegun = false;
  #isDone = false;
  /** Whether further canonicals are ignored: Link field and element have been read. */
  #isEnough = false;
  /** The element whose content is skipped, and its depth in elements of the same name. */
  #skipped = "";
  #depth = 0;
  /** The current tag: a part of a text, behind its name. */
  #source = "";
  #start = 0;
  #end = 0;

  /**
   * @param charset of the Content-Type, if it has one
   * @param isXml whether the content is application/xhtml+xml
   * @param hasField whether a Link field names a canonical: then one element is enough
   */
  constructor(charset: string | undefined, isXml = false, hasField = false) {
    this.#decoder = new HtmlDecoder(charset, isXml);
    this.#isXml = isXml;
    this.#hasField = hasField;
    // As in browsers, the content of noscript is text.
    this.#tokenizer = new Tokenizer(this, { isXml, hasScripting: true });
  }

  /** Reads a piece; true once the result is certain. */
  push(piece: Uint8Array): boolean {
    for (let at = 0; at < piece.length && !this.#isDone;) {
      // Most heads are short; content after the head is not decoded.
      const end = at + (this.#isBegun ? BLOCK : FIRST_BLOCK);
      this.#isBegun = true;
      const isWhole = at === 0 && end >= piece.length;
      this.#write(this.#decoder.decode(isWhole ? piece : piece.subarray(at, end)));
      at = end;
    }
    return this.#isDone;
  }

  /** Reads the characters that are still in the decoder, at the end of the content. */
  end(): void {
    if (!this.#isDone) this.#write(this.#decoder.end());
  }

  /** The canonical links seen so far. */
  links(): CanonicalLink[] {
    return this.#found.map((href) => ({ href, base: this.#base, source: "link-element" }));
  }

  /** All statements of the head so far. @param isCut whether the head continues beyond the bound */
  facts(isCut = false): HeadStatements {
    const address = (href: string): HeadAddress => ({ href, base: this.#base });
    return {
      links: this.links(),
      languages: this.#languages.map((link): LanguageLink => ({ ...link, base: this.#base })),
      previous: this.#previous.map(address),
      next: this.#next.map(address),
      refresh: this.#refresh === undefined ? undefined : address(this.#refresh),
      title: this.#title.trim(),
      language: this.#language,
      isHidden: this.#isHidden,
      isCut: isCut && !this.#isDone,
    };
  }

  #write(text: string): void {
    this.#tokenizer.write(text);
  }

  #finish(): void {
    this.#isDone = true;
    this.#tokenizer.stop();
  }

  text(source: string, start: number, end: number): void {
    if (this.#skipped === "title" && !this.#hasTitle && this.#title.length < MAX_TITLE) {
      this.#title += source.slice(start, Math.min(end, start + MAX_TITLE));
    }
    if (this.#skipped !== "" || this.#isXml) return;
    // HTML §13.2.6.4.4: anything but white space begins the body.
    for (let i = start; i < end; i++) if (!isSpace(source.charCodeAt(i))) return this.#finish();
  }

  open(source: string, start: number, nameEnd: number, end: number, selfClosing: boolean): void {
    const isXml = this.#isXml;
    // In HTML the slash has no meaning: `<script/>` is an open element.
    const isEmpty = isXml && selfClosing;
    if (this.#skipped !== "") {
      // Raw text does not nest; templates do, and in XML all elements.
      const nests = isXml || this.#skipped === "template";
      if (nests && !isEmpty && isName(source, start, nameEnd, this.#skipped, isXml)) {
        this.#depth += 1;
      }
      return;
    }
    const [name, kind] = elementAt(source, start, nameEnd, isXml);
    this.#source = source;
    this.#start = nameEnd;
    this.#end = end;
    switch (kind) {
      case "link":
        return this.#link();
      case "base":
        this.#base ??= this.#address(this.#value("href"));
        return;
      case "meta":
        return this.#meta();
      case "html":
        this.#language ??= this.#value("lang")?.trim().toLowerCase();
        return;
      case "skipped":
        if (isEmpty) return;
        this.#skipped = name;
        this.#depth = 1;
        return;
      case "body":
        if (!isXml || isName(source, start, nameEnd, "body", true)) this.#finish();
        return;
      case "head":
    }
  }

  close(source: string, start: number, end: number): void {
    const isXml = this.#isXml;
    if (this.#skipped !== "") {
      if (!isName(source, start, end, this.#skipped, isXml)) return;
      this.#depth -= 1;
      if (this.#depth > 0) return;
      if (this.#skipped === "title") this.#hasTitle = true;
      this.#skipped = "";
    } else if (HEAD_ENDS.some((name) => isName(source, start, end, name, isXml))) this.#finish();
  }

  comment(): void {}

  /** SVG and MathML begin the body. */
  isForeign(): boolean {
    return false;
  }

  /** The value of an attribute of the current tag, as written. */
  #value(name: string): string | undefined {
    const value = attributeIn(this.#source, this.#start, this.#end, name, this.#isXml);
    return value === undefined ? undefined : bounded(value);
  }

  #link(): void {
    const rel = this.#value("rel");
    const relations = rel === undefined ? [] : relationsOf(this.#decoded(rel));
    if (relations.length === 0) return;
    const { href, hreflang, media, type, lang } = attributesIn(
      this.#source,
      this.#start,
      this.#end,
      OF_LINK,
      this.#isXml,
    );
    const address = this.#address(bounded(href ?? ""));
    if (relations.includes("alternate") && hreflang !== undefined && media === undefined) {
      const language = this.#decoded(bounded(hreflang)).trim().toLowerCase();
      if (this.#languages.length < MAX_LANGUAGES) this.#languages.push({ href: address, language });
    }
    if (relations.includes("prev") || relations.includes("previous")) add(this.#previous, address);
    if (relations.includes("next")) add(this.#next, address);
    if (!relations.includes("canonical")) return;
    // A link for one language, medium or type is no canonical.
    if ((hreflang ?? media ?? type ?? lang) === undefined) this.#canonical(address);
  }

  #canonical(href: string): void {
    if (this.#isEnough) return;
    if (!this.#found.includes(href)) this.#found.push(href);
    if (this.#found.length >= MAX_LINKS) this.#finish();
    if (!this.#hasField || href === "") return;
    // The field and the element are read. A later base can change only a relative address.
    this.#isEnough = this.#base !== undefined || URL.canParse(href);
  }

  /** Reads a `<meta>`, which has a name or is a pragma (HTML §4.2.5). */
  #meta(): void {
    const name = this.#value("name")?.trim().toLowerCase();
    if (name !== undefined && name !== "robots") return;
    const isRefresh =
      name === undefined && this.#value("http-equiv")?.trim().toLowerCase() === "refresh";
    const content = name === undefined && !isRefresh ? undefined : this.#value("content");
    if (content === undefined) return;
    if (isRefresh) this.#refresh ??= refreshAddress(this.#address(content));
    else this.#isHidden ||= forbidsIndexing(this.#decoded(content));
  }

  #address(written: string): string;
  #address(written: string | undefined): string | undefined;
  #address(written: string | undefined): string | undefined {
    // HTML §13.2.5: a null in a value is read as U+FFFD.
    return written === undefined ? undefined : this.#decoded(written).replaceAll("\0", "\uFFFD");
  }

  #decoded(written: string): string {
    if (!this.#isXml) return decodeAttribute(written);
    return written.includes("&") ? decodeXML(written) : written;
  }
}

const OF_LINK = ["href", "hreflang", "media", "type", "lang"] as const;

function bounded(value: string): string {
  return value.length > MAX_HREF ? TOO_LONG.padEnd(MAX_HREF) : value;
}

/** The most pages of a series that are read in one direction. */
const MAX_SERIES = 4;

function add(addresses: string[], address: string): void {
  if (addresses.length < MAX_SERIES && !addresses.includes(address)) addresses.push(address);
}
