import { fromMarkdownTarget } from "../../http/markdown-url.ts";
import { urlOnOrigin } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { PageAbout } from "./fact.ts";
import type { CanonicalSite, Compiled } from "./site.ts";

/** A request for a page, with the options of its rule. */
export interface PageRequest {
  readonly exchange: Exchange;
  readonly compiled: Compiled;
  readonly site: CanonicalSite;
  /** The page on the public origin; for an address of markdown, the page of that markdown. */
  readonly page: URL;
  readonly key: string;
  /** How the address names a page's markdown; undefined if it names the page itself. */
  readonly markdown: "index" | "extension" | undefined;
  /** The facts about the page besides its canonical, once they are known. */
  readonly about?: PageAbout | undefined;
  /** Whether the rule only observes: then the proxy requests no target. */
  readonly isObserved: boolean;
}

/** The request for the address as written. */
export function asWritten(
  exchange: Exchange,
  compiled: Compiled,
  site: CanonicalSite,
  isObserved = false,
): PageRequest {
  const page = exchange.url;
  const key = compiled.keyOf(page);
  return { exchange, compiled, site, page, key, markdown: undefined, isObserved };
}

/** The request for the page whose markdown the address names; undefined for other addresses. */
export function behindMarkdown(written: PageRequest): PageRequest | undefined {
  const { url } = written.exchange;
  // Called only for addresses that are known to be rewritten, since `/path.md` may be a file.
  const target = fromMarkdownTarget(url.pathname + url.search, true);
  if (target === undefined) return undefined;
  const page = urlOnOrigin(target, url);
  const markdown = url.pathname.endsWith("/index.md") ? "index" : "extension";
  return { ...written, page, key: written.compiled.keyOf(page), markdown };
}

/** Whether facts may be learnt from this request and used for it: not if it carries credentials. */
export function isAnonymousRequest(exchange: Exchange): boolean {
  return exchange.field("authorization") === undefined && exchange.field("cookie") === undefined;
}

/** Keys of the page in Referer, as written and, for markdown, of its page. */
export function refererKeys({ exchange, compiled }: PageRequest): readonly string[] {
  const { keyOf, sameness } = compiled;
  const referer = exchange.field("referer");
  if (referer === undefined || referer.length > 4096) return [];
  const from = URL.parse(referer);
  const { origin } = exchange.url;
  if (from === null || (from.origin !== origin && !sameness.equivalents.has(from.origin)))
    return [];
  const target = from.pathname + from.search;
  const page = fromMarkdownTarget(target, true);
  return [target, ...(page === undefined ? [] : [page])].map((each) =>
    keyOf(urlOnOrigin(each, exchange.url)),
  );
}
