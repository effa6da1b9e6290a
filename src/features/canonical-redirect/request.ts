import { botOf } from "../../agent/agent.ts";
import { fromMarkdownTarget } from "../../http/markdown-url.ts";
import { urlOnOrigin } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Compiled } from "./site.ts";

/** The parts of a request that the stage needs, besides the agent. */
export interface PageRequest {
  /** The page on the public origin; for an address of its markdown, the page behind it. */
  readonly page: URL;
  readonly key: string;
  /**
   * How the request's address names the markdown of a page; undefined if it names the page itself.
   */
  readonly markdown: "index" | "extension" | undefined;
}

/** The request for the address as written. */
export function asWritten({ url }: Exchange, { keyOf }: Compiled): PageRequest {
  return { page: url, key: keyOf(url), markdown: undefined };
}

/** The request for the page whose markdown the address names; undefined if it names none. */
export function behindMarkdown({ url }: Exchange, { keyOf }: Compiled): PageRequest | undefined {
  // Called only for addresses that are known to be rewritten, since `/path.md` may be a file.
  const target = fromMarkdownTarget(url.pathname + url.search, true);
  if (target === undefined) return undefined;
  const page = urlOnOrigin(target, url);
  const markdown = url.pathname.endsWith("/index.md") ? "index" : "extension";
  return { page, key: keyOf(page), markdown };
}

/**
 * Whether facts may be remembered and used for this request: not if credentials shape the response.
 */
export function isAnonymousRequest(exchange: Exchange): boolean {
  return exchange.field("authorization") === undefined && exchange.field("cookie") === undefined;
}

/** Keys of the page that the crawler says it came from, as written and behind its markdown. */
export function refererKeys(exchange: Exchange, { keyOf, sameness }: Compiled): readonly string[] {
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

/** The agent's name in records. */
export function agentName({ agent }: Exchange): string {
  return botOf(agent)?.name ?? agent.kind;
}
