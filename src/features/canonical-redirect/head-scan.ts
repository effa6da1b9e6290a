import { decodeHTMLAttribute, decodeXML } from "entities/decode";
import { Tokenizer } from "htmlparser2";
import { HtmlDecoder } from "../../http/html-decoder.ts";
import { MAX_HREF, MAX_LINKS, type CanonicalLink } from "./canonical.ts";
import {
  attributeAt,
  elementAt,
  relationsOf,
  type Attribute,
  type HeadElementKind,
} from "./head-elements.ts";
import {
  forbidsIndexing,
  refreshAddress,
  type HeadAddress,
  type HeadStatements,
  type LanguageLink,
} from "./head-facts.ts";
import { TextWindow } from "./text-window.ts";

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
export class HeadScanner {
  readonly #decoder: HtmlDecoder;
  readonly #tokenizer: Tokenizer;
  readonly #text: TextWindow;
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
  /** The current tag. */
  #kind: HeadElementKind = "body";
  #tag = "";
  #attribute: Attribute | undefined;
  #value = "";
  /** The values of its attributes, as written. */
  #values: Partial<Record<Attribute, string>> = {};
  /** Relations of the current link; undefined until its `rel` is read. */
  #relations: readonly string[] | undefined;

  /**
   * @param charset of the Content-Type, if it has one
   * @param isXml whether the content is application/xhtml+xml
   * @param hasField whether a Link field names a canonical: then one element is enough
   */
  constructor(charset: string | undefined, isXml = false, hasField = false) {
    this.#decoder = new HtmlDecoder(charset, isXml);
    this.#isXml = isXml;
    this.#hasField = hasField;
    this.#text = new TextWindow(isXml);
    this.#tokenizer = new Tokenizer({ xmlMode: isXml, decodeEntities: false }, this);
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
    if (text === "") return;
    this.#text.advance(text);
    this.#tokenizer.write(text);
  }

  #finish(): void {
    this.#isDone = true;
    this.#tokenizer.pause();
  }

  ontext(start: number, end: number): void {
    if (this.#skipped === "title" && !this.#hasTitle && this.#title.length < MAX_TITLE) {
      this.#title += this.#text.slice(start, Math.min(end, start + MAX_TITLE));
    }
    if (this.#skipped !== "" || this.#isXml) return;
    // HTML §13.2.6.4.4: anything but white space begins the body.
    if (!this.#text.isBlank(start, end)) this.#finish();
  }

  onopentagname(start: number, end: number): void {
    if (this.#skipped !== "") {
      // Raw text does not nest; templates do, and in XML all elements.
      const nests =
        (this.#isXml || this.#skipped === "template") && this.#text.is(this.#skipped, start, end);
      this.#kind = nests ? "skipped" : "head";
      return;
    }
    const [name, kind] = elementAt(this.#text, start, end);
    this.#kind = kind;
    if (kind === "body") {
      if (!this.#isXml || this.#text.is("body", start, end)) this.#finish();
    } else if (kind !== "head") {
      this.#tag = name;
      this.#relations = undefined;
      this.#values = {};
    }
  }

  onattribname(start: number, end: number): void {
    // The other attributes of a link of another relation are skipped.
    if (this.#kind === "head" || this.#relations?.length === 0) return;
    this.#value = "";
    this.#attribute = attributeAt(this.#kind, this.#text, start, end);
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute === undefined) return;
    if (this.#value.length + end - start > MAX_HREF) this.#value = TOO_LONG.padEnd(MAX_HREF);
    else this.#value += this.#text.slice(start, end);
  }

  onattribend(): void {
    if (this.#attribute === undefined) return;
    // HTML §13.2.5.33: of two attributes with one name, the first counts.
    this.#values[this.#attribute] ??= this.#value;
    if (this.#attribute === "rel") this.#relations ??= relationsOf(this.#decoded(this.#value));
    this.#attribute = undefined;
  }

  onopentagend(): void {
    switch (this.#kind) {
      case "link":
        return this.#link();
      case "base":
        if (this.#values.href !== undefined) this.#base ??= this.#address(this.#values.href);
        return;
      case "meta":
        return this.#meta();
      case "html":
        this.#language ??= this.#values.lang?.trim().toLowerCase();
        return;
      case "skipped":
        if (this.#skipped === "") this.#skipped = this.#tag;
        this.#depth += 1;
        return;
      case "head":
      case "body":
    }
  }

  onselfclosingtag(): void {
    // In HTML the slash has no meaning: `<script/>` is an open element.
    if (!this.#isXml || this.#kind !== "skipped") this.onopentagend();
  }

  onclosetag(start: number, end: number): void {
    const text = this.#text;
    if (this.#skipped !== "") {
      if (!text.is(this.#skipped, start, end)) return;
      this.#depth -= 1;
      if (this.#depth > 0) return;
      if (this.#skipped === "title") this.#hasTitle = true;
      this.#skipped = "";
    } else if (HEAD_ENDS.some((name) => text.is(name, start, end))) this.#finish();
  }

  #link(): void {
    const { rel, href = "", hreflang, type, media, lang } = this.#values;
    const relations = this.#relations ?? [];
    if (rel === undefined || relations.length === 0) return;
    const address = this.#address(href);
    if (relations.includes("alternate") && hreflang !== undefined && media === undefined) {
      const language = this.#decoded(hreflang).trim().toLowerCase();
      if (this.#languages.length < MAX_LANGUAGES) this.#languages.push({ href: address, language });
    }
    if (relations.includes("prev") || relations.includes("previous")) add(this.#previous, address);
    if (relations.includes("next")) add(this.#next, address);
    // A link for one language, medium or type is no canonical.
    if (!relations.includes("canonical") || (hreflang ?? type ?? media ?? lang) !== undefined) {
      return;
    }
    this.#canonical(address);
  }

  #canonical(href: string): void {
    if (this.#isEnough) return;
    if (!this.#found.includes(href)) this.#found.push(href);
    if (this.#found.length >= MAX_LINKS) this.#finish();
    if (!this.#hasField || href === "") return;
    // The field and the element are read. A later base can change only a relative address.
    this.#isEnough = this.#base !== undefined || URL.canParse(href);
  }

  #meta(): void {
    const { name, content, "http-equiv": equivalent } = this.#values;
    if (content === undefined) return;
    if (name?.trim().toLowerCase() === "robots") {
      this.#isHidden ||= forbidsIndexing(this.#decoded(content));
    }
    if (equivalent?.trim().toLowerCase() === "refresh") {
      this.#refresh ??= refreshAddress(this.#address(content));
    }
  }

  #address(written: string): string {
    // HTML §13.2.5: a null in a value is read as U+FFFD.
    return this.#decoded(written).replaceAll("\0", "\uFFFD");
  }

  #decoded(written: string): string {
    if (!written.includes("&")) return written;
    return this.#isXml ? decodeXML(written) : decodeHTMLAttribute(written);
  }

  ontextentity(): void {}
  onattribentity(): void {}
  oncdata(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {}
}

/** The most pages of a series that are read in one direction. */
const MAX_SERIES = 4;

function add(addresses: string[], address: string): void {
  if (addresses.length < MAX_SERIES && !addresses.includes(address)) addresses.push(address);
}
