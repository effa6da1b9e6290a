import { concat } from "../../http/bytes.ts";
import { escapeHtml } from "../../http/html-text.ts";
import { toMarkdownUrl } from "../../http/markdown-url.ts";
import { BodyFinder, type HeadFacts } from "./body-finder.ts";
import { splitList } from "../../http/list.ts";

/** Styles that hide the hint without effect on the layout, screen readers or focus. */
const UNSEEN =
  "position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;pointer-events:none";

/** The text of the hint: the addresses of the page's markdown and of the list of all pages. */
export function directiveText(page: URL, directive: true | string): string {
  const markdown = toMarkdownUrl(page);
  if (directive !== true) return directive.replaceAll("{markdown}", markdown);
  return `For AI agents: this page as markdown is at ${markdown}, and /llms.txt lists all pages.`;
}

/**
 * The hidden element with the hint: agents read it, assistive technology does not. It is ASCII,
 * which fits most charsets.
 *
 * @param styled whether a style attribute is allowed; if not, `hidden` does the same
 */
export function directiveElement(text: string, styled: boolean): string {
  let ascii = "";
  for (const char of escapeHtml(text)) {
    ascii += char < "\u0080" ? char : `&#${char.codePointAt(0)};`;
  }
  const unseen = styled ? `style="${UNSEEN}"` : 'hidden=""';
  // Each attribute has a value, as XHTML requires.
  return `<div data-wayleave-directive="" data-nosnippet="" aria-hidden="true" ${unseen}>${ascii}</div>`;
}

/** The longest byte order mark, in bytes. */
const MARK = 3;

/** The bytes of a page that are searched for the start of its body. */
const REACH = 256 * 1024;

/**
 * Inserts an element at the start of a page's body while the page is sent. All other bytes are
 * unchanged; without a body, all are.
 *
 * @param charset of the Content-Type, if it has one
 * @param policies the page's Content-Security-Policy fields
 * @param done called with the facts from the head
 */
export function injection(
  text: string,
  charset: string | undefined,
  policies: string | undefined,
  done?: (head: HeadFacts) => void,
): TransformStream<Uint8Array, Uint8Array> {
  const finder = new BodyFinder(charset);
  let pending: Uint8Array | undefined = new Uint8Array();
  /** Bytes sent so far. */
  let sent = 0;
  let isFed = false;
  const flush = (to: TransformStreamDefaultController<Uint8Array>): void => {
    if (pending === undefined) return;
    if (pending.length > 0) to.enqueue(pending);
    pending = undefined;
    done?.(finder);
  };
  const place = (to: TransformStreamDefaultController<Uint8Array>): void => {
    const { at } = finder;
    if (pending === undefined) return;
    if (at === undefined) {
      if (finder.isOver || sent + pending.length > REACH) flush(to);
      else {
        // Bytes that may be inside of a tag wait.
        const ready = pending.lastIndexOf(0x3c);
        if (ready > 0) to.enqueue(pending.subarray(0, ready));
        sent += Math.max(0, ready);
        pending = pending.subarray(Math.max(0, ready));
      }
      return;
    }
    const cut = at - sent;
    if (cut >= 0 && cut <= pending.length) {
      const styled = [policies, ...finder.policies].every(allowsInlineStyle);
      if (cut > 0) to.enqueue(pending.subarray(0, cut));
      to.enqueue(finder.encode(directiveElement(text, styled)));
      pending = pending.subarray(cut);
    }
    flush(to);
  };
  return new TransformStream({
    transform(piece, to) {
      if (pending === undefined) {
        to.enqueue(piece);
        return;
      }
      pending = concat([pending, piece]);
      // A byte order mark must be read as a whole.
      if (!isFed && pending.length < MARK) return;
      finder.push(isFed ? piece : pending);
      isFed = true;
      place(to);
    },
    flush,
  });
}

/** Whether every policy of a Content-Security-Policy allows `style` attributes (CSP 3 §6.1.15). */
export function allowsInlineStyle(policies: string | undefined): boolean {
  return splitList(policies ?? "").every((policy) => {
    const directives = new Map<string, readonly string[]>();
    for (const directive of splitList(policy.toLowerCase(), ";")) {
      const [name = "", ...sources] = directive.split(/[\t\n\f\r ]+/);
      // CSP 3 §2.2.1: if a directive occurs twice, the first counts.
      if (!directives.has(name)) directives.set(name, sources);
    }
    const sources =
      directives.get("style-src-attr") ??
      directives.get("style-src") ??
      directives.get("default-src");
    if (sources === undefined) return true;
    // CSP 3 §6.7.3.2: a nonce or a hash disables 'unsafe-inline'.
    return (
      sources.includes("'unsafe-inline'") &&
      !sources.some((source) => /^'(?:nonce|sha(?:256|384|512))-/.test(source))
    );
  });
}
