import { Parser } from "htmlparser2";
import { escapeHtml } from "../../http/html-text.ts";
import { toMarkdownUrl } from "../../http/markdown-url.ts";
import { allowsInlineStyle } from "../../http/style-policy.ts";

/** Out of sight and out of the layout: neither boxes move nor anything is announced or focused. */
const UNSEEN =
  "position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;pointer-events:none";

/** The hint's own words: where the page's markdown is, and the list of all pages. */
export function directiveText(page: URL, directive: true | string): string {
  const markdown = toMarkdownUrl(page);
  if (directive !== true) return directive.replaceAll("{markdown}", markdown);
  return `For AI agents: this page as markdown is at ${markdown}, and /llms.txt lists all pages.`;
}

/**
 * The element that agents read and nobody else meets: hidden from assistive technology, nothing in
 * it to focus. ASCII throughout, so that it fits into any charset that is a superset of ASCII.
 *
 * @param styled whether a style attribute may be used; `hidden` does the same where it may not
 */
export function directiveElement(text: string, styled: boolean): string {
  let ascii = "";
  for (const char of escapeHtml(text)) {
    ascii += char < "\u0080" ? char : `&#${char.codePointAt(0)};`;
  }
  const unseen = styled ? `style="${UNSEEN}"` : "hidden";
  return `<div data-wayleave-directive data-nosnippet aria-hidden="true" ${unseen}>${ascii}</div>`;
}

/** Charsets in whose bytes markup can't be found, or ASCII can't be put. */
const NO_ASCII = /^(?:utf-?16|utf-?32|iso-2022|hz-gb|utf-7|unicode|ucs|csunicode)/;

/** How far the body's start is looked for, in bytes. */
const REACH = 256 * 1024;

/**
 * Puts an element at the start of a page's body while the page passes. Bytes are not decoded: what
 * is not the element goes out as it came in, and so does a page whose body is not found.
 *
 * @param charset of the Content-Type, where it names one
 * @param policies the page's Content-Security-Policy fields
 */
export function injection(
  text: string,
  charset: string | undefined,
  policies: string | undefined,
): TransformStream<Uint8Array, Uint8Array> {
  const finder = new BodyFinder(charset);
  let held: Uint8Array | undefined = new Uint8Array();
  /** Bytes sent so far. */
  let sent = 0;
  const flush = (to: TransformStreamDefaultController<Uint8Array>): void => {
    if (held !== undefined && held.length > 0) to.enqueue(held);
    held = undefined;
  };
  const place = (to: TransformStreamDefaultController<Uint8Array>): void => {
    const { at } = finder;
    if (held === undefined) return;
    if (at === undefined) {
      if (finder.isOver || sent + held.length > REACH) flush(to);
      else {
        // What may still be inside of a tag waits.
        const ready = held.lastIndexOf(0x3c);
        if (ready > 0) to.enqueue(held.subarray(0, ready));
        sent += Math.max(0, ready);
        held = held.subarray(Math.max(0, ready));
      }
      return;
    }
    const cut = at - sent;
    if (cut >= 0 && cut <= held.length) {
      const styled = [policies, ...finder.policies].every(allowsInlineStyle);
      if (cut > 0) to.enqueue(held.subarray(0, cut));
      to.enqueue(new TextEncoder().encode(directiveElement(text, styled)));
      held = held.subarray(cut);
    }
    flush(to);
  };
  return new TransformStream({
    transform(piece, to) {
      if (held === undefined) {
        to.enqueue(piece);
        return;
      }
      const joined: Uint8Array = new Uint8Array(held.length + piece.length);
      joined.set(held);
      joined.set(piece, held.length);
      held = joined;
      finder.push(piece);
      place(to);
    },
    flush,
  });
}

/** Elements that stand before a body (HTML §13.2.6.4.4), and those whose text is not shown. */
const HEAD = new Set(
  "html head base basefont bgsound link meta title noscript noframes style script template".split(
    " ",
  ),
);

/** Finds where a page's body begins, as an offset in bytes. */
class BodyFinder {
  /** Where the body's content begins; undefined where that is not known (yet). */
  at: number | undefined;
  isOver = false;
  /** Values of `<meta http-equiv="Content-Security-Policy">`. */
  readonly policies: string[] = [];
  // One character for each byte, so that offsets are those of the bytes.
  readonly #decoder = new TextDecoder("windows-1252");
  readonly #parser: Parser;
  #inside = 0;
  #isStart = true;

  constructor(charset: string | undefined) {
    if (charset !== undefined && NO_ASCII.test(charset)) this.isOver = true;
    this.#parser = new Parser(
      {
        onopentag: (name, attributes) => this.#open(name, attributes),
        onclosetag: (name, implied) => {
          if (!implied && this.#inside > 0 && INVISIBLE.has(name)) this.#inside -= 1;
        },
        ontext: (text) => {
          if (this.#inside === 0 && text.trim() !== "") this.#found(this.#parser.startIndex);
        },
      },
      { decodeEntities: false, recognizeSelfClosing: false },
    );
  }

  push(piece: Uint8Array): void {
    if (this.isOver || this.at !== undefined) return;
    if (this.#isStart && (piece[0] === 0xff || piece[0] === 0xfe || piece.includes(0))) {
      this.isOver = true;
      return;
    }
    // A byte order mark is no text.
    const skip = this.#isStart && piece[0] === 0xef ? "\n\n\n" : "";
    this.#isStart = false;
    const text = this.#decoder.decode(piece, { stream: true });
    this.#parser.write(skip === "" ? text : skip + text.slice(3));
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.at !== undefined || this.isOver) return;
    if (this.#inside > 0) {
      if (INVISIBLE.has(name)) this.#inside += 1;
    } else if (name === "body") this.#found(this.#parser.endIndex + 1);
    // No body: a frameset has none, and nothing in it would be shown.
    else if (name === "frameset") this.isOver = true;
    else if (name === "meta") this.#meta(attributes);
    else if (!HEAD.has(name)) this.#found(this.#parser.startIndex);
    else if (INVISIBLE.has(name)) this.#inside += 1;
  }

  #meta(attributes: Readonly<Record<string, string>>): void {
    const { charset, content = "" } = attributes;
    const equiv = attributes["http-equiv"]?.toLowerCase();
    if (equiv === "content-security-policy") this.policies.push(content);
    const said = charset ?? /charset\s*=\s*["']?([^\s"';]+)/i.exec(content)?.[1];
    // UTF-16 in a declaration that reads as ASCII is not meant (HTML §13.2.3.2).
    if (said !== undefined && /^(?:iso-2022|hz-gb)/i.test(said)) this.isOver = true;
  }

  #found(at: number): void {
    if (!this.isOver) this.at ??= at;
  }
}

/** Head elements with content. */
const INVISIBLE = new Set("title noscript noframes style script template".split(" "));
