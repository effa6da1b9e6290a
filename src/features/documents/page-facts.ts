import { line } from "./write.ts";
import { findAttribute } from "../../html/attributes.ts";
import { ForeignContent } from "../../html/foreign-content.ts";
import { decodeAttribute, decodeText } from "../../html/references.ts";
import { type TokenEvents, Tokenizer } from "../../html/tokenizer.ts";
import { forbidsIndexing } from "../../http/robots-meta.ts";
import { HtmlDecoder } from "../../http/html-decoder.ts";

/** The facts about a page that lists need. */
export interface PageFacts {
  readonly title: string;
  readonly description: string;
  /** The number of words outside of links. */
  readonly words: number;
  /** The page's canonical as written, or empty. */
  readonly canonical: string;
  /** Whether the page asks not to be listed. */
  readonly isHidden: boolean;
  /** Targets of its links as written, if they were requested. */
  readonly links: readonly string[];
}

/** Elements whose text is not content. */
const APART = new Set(
  "title nav header footer aside form script style noscript template svg button select".split(" "),
);

/** Void elements, which have no end tag, and those that often have none: they hold no side content open. */
const NOT_NESTED = new Set(
  (
    "meta link base br hr img input source wbr area col embed track param " +
    "html head body p li dt dd tr td th thead tbody tfoot colgroup option optgroup rp rt"
  ).split(" "),
);

/** The depth at which reading ends, where browsers no longer nest either. */
const MAX_DEPTH = 512;

type Attribute = (name: string) => string | undefined;

const MAX_LINKS = 500;
const MAX_WORDS = 5000;

/** Reads a page piece by piece, in constant memory. */
export class PageReader implements TokenEvents {
  readonly #decoder: HtmlDecoder;
  readonly #tokenizer: Tokenizer;
  readonly #isXml: boolean;
  readonly #foreign = new ForeignContent();
  readonly #wantsLinks: boolean;
  readonly #open: string[] = [];
  #apart = 0;
  #inLink = 0;
  #title = "";
  #inTitle = false;
  #metaTitle = "";
  #heading = "";
  #inHeading = false;
  #description = "";
  #metaDescription = "";
  #canonical = "";
  #words = 0;
  #isHidden = false;
  readonly #links: string[] = [];

  constructor(charset: string | undefined, isXml: boolean, wantsLinks: boolean) {
    this.#decoder = new HtmlDecoder(charset, isXml);
    this.#wantsLinks = wantsLinks;
    this.#isXml = isXml;
    this.#tokenizer = new Tokenizer(this, { isXml });
  }

  push(piece: Uint8Array): void {
    this.#tokenizer.write(this.#decoder.decode(piece));
  }

  end(): PageFacts {
    this.#tokenizer.write(this.#decoder.end());
    this.#tokenizer.end();
    return {
      title: line(this.#title || this.#metaTitle || this.#heading, 200),
      description: line(this.#metaDescription || this.#description, 400),
      words: this.#words,
      canonical: this.#canonical,
      isHidden: this.#isHidden,
      links: this.#links,
    };
  }

  open(source: string, start: number, nameEnd: number, end: number, selfClosing: boolean): void {
    const isForeign = this.#foreign.open(source, start, nameEnd, selfClosing);
    const name = nameOf(source, start, nameEnd);
    const attribute: Attribute = (key) => {
      const value = findAttribute(source, nameEnd, end, key);
      return value === undefined ? undefined : decodeAttribute(value);
    };
    if (name === "meta") this.#meta(attribute);
    if (name === "link" && isCanonical(attribute("rel"))) {
      this.#canonical ||= (attribute("href") ?? "").slice(0, 2000);
    }
    if (name === "a" && this.#wantsLinks && this.#links.length < MAX_LINKS) {
      const href = attribute("href");
      if (href !== undefined) this.#links.push(href);
    }
    const isEmpty = selfClosing && (this.#isXml || isForeign);
    if (!isEmpty && !NOT_NESTED.has(name)) this.#enter(name);
  }

  #enter(name: string): void {
    // An SVG may have a title of its own.
    if (name === "title") this.#inTitle = this.#title === "" && !this.#open.includes("svg");
    if (name === "h1") this.#inHeading = this.#heading === "";
    if (APART.has(name)) this.#apart += 1;
    if (name === "a") this.#inLink += 1;
    if (this.#open.push(name) > MAX_DEPTH) this.#tokenizer.stop();
  }

  close(source: string, start: number, end: number): void {
    this.#foreign.close(source, start, end);
    const at = this.#open.lastIndexOf(nameOf(source, start, end));
    if (at >= 0) for (const name of this.#open.splice(at)) this.#leave(name);
  }

  #leave(name: string): void {
    if (APART.has(name)) this.#apart -= 1;
    if (name === "a") this.#inLink -= 1;
    if (name === "title") this.#inTitle = false;
    if (name === "h1") this.#inHeading = false;
  }

  text(source: string, start: number, end: number, isLiteral: boolean): void {
    const isTitle = this.#inTitle || this.#inHeading;
    if (!isTitle && (this.#apart > 0 || this.#inLink > 0 || this.#words > MAX_WORDS)) return;
    const text = source.slice(start, end);
    this.#text(isLiteral ? text : decodeText(text));
  }

  comment(): void {}

  isForeign(): boolean {
    return this.#foreign.isForeign;
  }

  #text(text: string): void {
    if (this.#inTitle && this.#title.length < 1000) this.#title += text;
    if (this.#inHeading && this.#heading.length < 1000) this.#heading += text;
    if (this.#apart > 0 || this.#inLink > 0 || this.#words > MAX_WORDS) return;
    for (const word of text.split(/\s+/))
      if (/[\p{L}\p{N}]/u.test(word)) this.#words += weigh(word);
  }

  #meta(attribute: Attribute): void {
    const content = attribute("content") ?? "";
    switch ((attribute("name") ?? attribute("property") ?? "").toLowerCase()) {
      case "description":
        this.#metaDescription ||= content;
        break;
      case "og:description":
        this.#description ||= content;
        break;
      case "og:title":
        this.#metaTitle ||= content;
        break;
      case "robots":
        this.#isHidden ||= forbidsIndexing(content);
        break;
    }
  }
}

/** The longest name that is known has ten letters. */
function nameOf(source: string, start: number, end: number): string {
  return source.slice(start, Math.min(end, start + 16)).toLowerCase();
}

function isCanonical(rel = ""): boolean {
  return rel.toLowerCase().split(/\s+/).includes("canonical");
}

/** Counts words; in scripts without spaces, two characters count as one word. */
function weigh(word: string): number {
  return /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(word) ? Math.ceil(word.length / 2) : 1;
}
