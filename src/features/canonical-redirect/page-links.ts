import { findAttribute, isNameAt } from "../../html/attributes.ts";
import { ForeignContent } from "../../html/foreign-content.ts";
import { decodeAttribute } from "../../html/references.ts";
import { Tokenizer } from "../../html/tokenizer.ts";

/**
 * The addresses on the page's own origin to which it links, without fragments, in its order.
 *
 * @param page its URL
 */
export function linksOf(html: string, page: string, isXml: boolean): string[] {
  const links = new Set<string>();
  const foreign = new ForeignContent();
  let base = page;
  const add = (href: string): void => {
    const url = URL.parse(href, base);
    if (url === null || url.origin !== new URL(page).origin) return;
    url.hash = "";
    links.add(url.href);
  };
  const tokenizer = new Tokenizer(
    {
      open(source, start, nameEnd, end, selfClosing) {
        foreign.open(source, start, nameEnd, selfClosing);
        const isBase = isNameAt(source, start, nameEnd, "base");
        if (!isBase && !isNameAt(source, start, nameEnd, "a")) return;
        const written = findAttribute(source, nameEnd, end, "href");
        if (written === undefined) return;
        const href = decodeAttribute(written);
        if (!isBase) add(href);
        else if (base === page) base = URL.parse(href, page)?.href ?? page;
      },
      close: (source, start, end) => foreign.close(source, start, end),
      isForeign: () => foreign.isForeign,
      text() {},
      comment() {},
    },
    { isXml },
  );
  tokenizer.write(html);
  tokenizer.end();
  return [...links];
}
