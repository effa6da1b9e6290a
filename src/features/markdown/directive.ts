import { concat } from "../../http/bytes.ts";
import { escapeHtml } from "../../http/html-text.ts";
import { toMarkdownUrl } from "../../http/markdown-url.ts";
import { BodyFinder, type HeadFacts } from "./body-finder.ts";
import { splitList } from "../../http/list.ts";

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
  const unseen = styled ? `style="${UNSEEN}"` : 'hidden=""';
  // Each attribute with a value: a page in the XML syntax would break otherwise.
  return `<div data-wayleave-directive="" data-nosnippet="" aria-hidden="true" ${unseen}>${ascii}</div>`;
}

/** Bytes of a byte order mark at most. */
const MARK = 3;

/** How far the body's start is looked for, in bytes. */
const REACH = 256 * 1024;

/**
 * Puts an element at the start of a page's body while the page passes. Bytes are not decoded: what
 * is not the element goes out as it came in, and so does a page whose body is not found.
 *
 * @param charset of the Content-Type, if it names one
 * @param policies the page's Content-Security-Policy fields
 * @param done is told what was found in the head
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
        // What may still be inside of a tag waits.
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
      // A byte order mark is read at once or not at all.
      if (!isFed && pending.length < MARK) return;
      finder.push(isFed ? piece : pending);
      isFed = true;
      place(to);
    },
    flush,
  });
}

/**
 * Whether a Content-Security-Policy lets a `style` attribute work (CSP 3 §6.1.15): by
 * style-src-attr, else style-src, else default-src; every policy of the field must.
 */
export function allowsInlineStyle(policies: string | undefined): boolean {
  return splitList(policies ?? "").every((policy) => {
    const directives = new Map<string, readonly string[]>();
    for (const directive of splitList(policy.toLowerCase(), ";")) {
      const [name = "", ...sources] = directive.split(/[\t\n\f\r ]+/);
      // CSP 3 §2.2.1: of a directive that occurs twice, the first counts.
      if (!directives.has(name)) directives.set(name, sources);
    }
    const sources =
      directives.get("style-src-attr") ??
      directives.get("style-src") ??
      directives.get("default-src");
    if (sources === undefined) return true;
    // CSP 3 §6.7.3.2: a nonce or a hash turns 'unsafe-inline' off.
    return (
      sources.includes("'unsafe-inline'") &&
      !sources.some((source) => /^'(?:nonce|sha(?:256|384|512))-/.test(source))
    );
  });
}
