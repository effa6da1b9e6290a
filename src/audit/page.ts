import { findAttribute } from "../html/attributes.ts";
import { ForeignContent } from "../html/foreign-content.ts";
import { decodeAttribute, decodeText } from "../html/references.ts";
import { Tokenizer, type TokenEvents } from "../html/tokenizer.ts";
import { HtmlDecoder } from "../http/html-decoder.ts";
import { isXml, parseMediaType } from "../http/media-type.ts";
import type { AuditResponse } from "./reply.ts";

/** The facts about a page of HTML that the checks need. */
export interface AuditedPage {
  readonly title: string;
  /** The texts of h1 to h6, in the content. */
  readonly headings: readonly string[];
  /** Targets of the links in the content, as written. */
  readonly contentLinks: readonly string[];
  /** Targets of all links, as written. */
  readonly links: readonly string[];
  /** Sources of scripts, as written. */
  readonly scripts: readonly string[];
  /** The text of scripts in the page, bounded. */
  readonly scriptText: string;
  /** Names of tools that forms declare (WebMCP). */
  readonly toolNames: readonly string[];
  /** Names and contents of meta elements. */
  readonly metas: readonly (readonly [name: string, content: string])[];
  /** The text of the content, with spaces between elements. */
  readonly text: string;
  readonly forms: number;
  /** The link elements, with their fields in lower case except `href`. */
  readonly linkElements: readonly PageLinkElement[];
}

/** A link element of a page. */
export interface PageLinkElement {
  readonly rel: string;
  readonly href: string;
  readonly type: string;
  readonly as: string;
}

const MOST = 2000;
const MOST_TEXT = 500_000;
const MOST_SCRIPT = 300_000;

/** Elements around the content that markdown leaves out, too. */
const AROUND = new Set(
  "nav header footer aside template noscript svg button select dialog".split(" "),
);
const HEADING = /^h[1-6]$/;
/** Elements inside of words and sentences. */
const INLINE = new Set(
  (
    "a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q rp rt ruby s samp small span strong " +
    "sub sup time tt u var wbr"
  ).split(" "),
);

/** Reads a page of HTML, in the encoding that it states. */
export function readAuditedPage({
  content,
  fields,
}: Pick<AuditResponse, "content" | "fields">): AuditedPage {
  const type = parseMediaType(fields.get("content-type"));
  const decoder = new HtmlDecoder(type?.charset, isXml(type));
  const reader = new AuditedPageReader();
  const tokenizer = new Tokenizer(reader, { isXml: isXml(type) });
  tokenizer.write(decoder.decode(content));
  tokenizer.write(decoder.end());
  tokenizer.end();
  return reader.facts();
}

class AuditedPageReader implements TokenEvents {
  readonly #foreign = new ForeignContent();
  readonly #headings: string[] = [];
  readonly #contentLinks: string[] = [];
  readonly #links: string[] = [];
  readonly #scripts: string[] = [];
  readonly #toolNames: string[] = [];
  readonly #metas: (readonly [string, string])[] = [];
  readonly #linkElements: PageLinkElement[] = [];
  readonly #around: string[] = [];
  #title = "";
  #scriptText = "";
  #text = "";
  #forms = 0;
  #raw = "";
  #heading: string | undefined;
  /** Open main elements; undefined before the first, without which the whole body is content. */
  #main: number | undefined;

  facts(): AuditedPage {
    return {
      title: squeeze(this.#title),
      headings: this.#headings,
      contentLinks: this.#contentLinks,
      links: this.#links,
      scripts: this.#scripts,
      scriptText: this.#scriptText,
      toolNames: this.#toolNames,
      metas: this.#metas,
      text: squeeze(this.#text),
      forms: this.#forms,
      linkElements: this.#linkElements,
    };
  }

  open(source: string, start: number, nameEnd: number, end: number, selfClosing: boolean): void {
    this.#foreign.open(source, start, nameEnd, selfClosing);
    const name = source.slice(start, Math.min(nameEnd, start + 16)).toLowerCase();
    const attribute = (key: string): string | undefined => {
      const value = findAttribute(source, nameEnd, end, key);
      return value === undefined ? undefined : decodeAttribute(value).slice(0, MOST);
    };
    if (AROUND.has(name) && !selfClosing && this.#around.length < MOST) this.#around.push(name);
    if (["script", "style", "title"].includes(name)) this.#raw = name;
    if (name === "script") pushSome(this.#scripts, attribute("src"));
    if (name === "form") {
      this.#forms += 1;
      pushSome(this.#toolNames, attribute("toolname"));
    }
    if (name === "meta" && this.#metas.length < MOST) {
      const key = attribute("name") ?? attribute("property") ?? "";
      this.#metas.push([key.toLowerCase(), attribute("content") ?? ""]);
    }
    if (name === "a") {
      const href = attribute("href");
      pushSome(this.#links, href);
      if (this.#isContent()) pushSome(this.#contentLinks, href);
    }
    if (name === "link") this.#link(attribute);
    if (name === "main") this.#enterMain();
    if (HEADING.test(name)) this.#heading = "";
    if (!INLINE.has(name)) this.#space();
  }

  close(source: string, start: number, end: number): void {
    this.#foreign.close(source, start, end);
    const name = source.slice(start, Math.min(end, start + 16)).toLowerCase();
    const at = AROUND.has(name) ? this.#around.lastIndexOf(name) : -1;
    if (at >= 0) this.#around.length = at;
    if (name === this.#raw) this.#raw = "";
    if (name === "main" && this.#main !== undefined && this.#main > 0) this.#main -= 1;
    if (HEADING.test(name) && this.#heading !== undefined) {
      if (this.#isContent()) pushSome(this.#headings, squeeze(this.#heading));
      this.#heading = undefined;
    }
    if (!INLINE.has(name)) this.#space();
  }

  text(source: string, start: number, end: number, isLiteral: boolean): void {
    const written = source.slice(start, end);
    if (this.#raw === "script") {
      if (this.#scriptText.length < MOST_SCRIPT) this.#scriptText += written;
      return;
    }
    if (this.#raw === "style") return;
    const text = isLiteral ? written : decodeText(written);
    if (this.#raw === "title") {
      if (this.#title.length < MOST && !this.#foreign.isForeign) this.#title += text;
      return;
    }
    if (this.#heading !== undefined && this.#heading.length < MOST) this.#heading += text;
    if (this.#isContent() && this.#text.length < MOST_TEXT) this.#text += text;
  }

  #link(attribute: (key: string) => string | undefined): void {
    const href = attribute("href")?.trim();
    if (href === undefined || this.#linkElements.length >= MOST) return;
    const [rel = "", type = "", as = ""] = ["rel", "type", "as"].map((key) =>
      attribute(key)?.trim().toLowerCase(),
    );
    this.#linkElements.push({ rel, href, type, as });
  }

  comment(): void {}

  isForeign(): boolean {
    return this.#foreign.isForeign;
  }

  #isContent(): boolean {
    return this.#around.length === 0 && this.#main !== 0;
  }

  /** If there is a main element, the parts before it are no content. */
  #enterMain(): void {
    if (this.#main === undefined) {
      this.#headings.length = 0;
      this.#contentLinks.length = 0;
      this.#text = "";
      this.#around.length = 0;
    }
    this.#main = (this.#main ?? 0) + 1;
  }

  #space(): void {
    if (this.#text.length < MOST_TEXT && !this.#text.endsWith(" ")) this.#text += " ";
    if (this.#heading !== undefined && this.#heading.length < MOST) this.#heading += " ";
  }
}

function pushSome(list: string[], value: string | undefined): void {
  if (value !== undefined && value !== "" && list.length < MOST) list.push(value);
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
