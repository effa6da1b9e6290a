import { Parser } from "htmlparser2";
import { line } from "./write.ts";
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
  "head title nav header footer aside form script style noscript template svg button select".split(
    " ",
  ),
);

/** Void elements, which have no end tag. */
const VOID = new Set("meta link base br hr img input source wbr area col embed track".split(" "));

/**
 * The depth at which reading ends, where browsers no longer nest either: the parser's time for an
 * element grows with the depth.
 */
const MAX_DEPTH = 512;

const MAX_LINKS = 500;
const MAX_WORDS = 5000;

/** Reads a page piece by piece, in constant memory. */
export class PageReader {
  readonly #decoder: HtmlDecoder;
  readonly #parser: Parser;
  readonly #wantsLinks: boolean;
  readonly #open: string[] = [];
  #depth = 0;
  #isOver = false;
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
    this.#parser = new Parser(
      {
        onopentag: (name, attributes) => this.#opened(name, attributes),
        onclosetag: (name) => this.#closed(name),
        ontext: (text) => this.#text(text),
      },
      { decodeEntities: true },
    );
  }

  push(piece: Uint8Array): void {
    if (!this.#isOver) this.#parser.write(this.#decoder.decode(piece));
  }

  end(): PageFacts {
    if (!this.#isOver) this.#parser.end(this.#decoder.end());
    return {
      title: line(this.#title || this.#metaTitle || this.#heading, 200),
      description: line(this.#metaDescription || this.#description, 400),
      words: this.#words,
      canonical: this.#canonical,
      isHidden: this.#isHidden,
      links: this.#links,
    };
  }

  #opened(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === "meta") this.#meta(attributes);
    if (name === "link" && attributes["rel"]?.toLowerCase() === "canonical") {
      this.#canonical ||= (attributes["href"] ?? "").slice(0, 2000);
    }
    if (VOID.has(name)) return;
    if (++this.#depth > MAX_DEPTH) {
      this.#isOver = true;
      this.#parser.pause();
      return;
    }
    if (APART.has(name)) this.#apart += 1;
    if (name === "a") {
      this.#inLink += 1;
      const { href } = attributes;
      if (this.#wantsLinks && href !== undefined && this.#links.length < MAX_LINKS) {
        this.#links.push(href);
      }
    }
    // An SVG may have a title of its own.
    if (name === "title") this.#inTitle = this.#title === "" && !this.#open.includes("svg");
    if (name === "h1") this.#inHeading = this.#heading === "";
    if (this.#open.length < 500) this.#open.push(name);
  }

  #closed(name: string): void {
    if (VOID.has(name)) return;
    this.#depth -= 1;
    if (APART.has(name)) this.#apart = Math.max(0, this.#apart - 1);
    if (name === "a") this.#inLink = Math.max(0, this.#inLink - 1);
    if (name === "title") this.#inTitle = false;
    if (name === "h1") this.#inHeading = false;
    if (this.#open.at(-1) === name) this.#open.pop();
  }

  #text(text: string): void {
    if (this.#inTitle && this.#title.length < 1000) this.#title += text;
    if (this.#inHeading && this.#heading.length < 1000) this.#heading += text;
    if (this.#apart > 0 || this.#inLink > 0 || this.#words > MAX_WORDS) return;
    for (const word of text.split(/\s+/))
      if (/[\p{L}\p{N}]/u.test(word)) this.#words += weigh(word);
  }

  #meta(attributes: Readonly<Record<string, string>>): void {
    const content = attributes["content"] ?? "";
    switch ((attributes["name"] ?? attributes["property"] ?? "").toLowerCase()) {
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
        this.#isHidden ||= /noindex|none/i.test(content);
        break;
    }
  }
}

/** Counts words; in scripts without spaces, two characters count as one word. */
function weigh(word: string): number {
  return /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(word) ? Math.ceil(word.length / 2) : 1;
}
