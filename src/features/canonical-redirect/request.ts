import { botOf } from "../../agent/agent.ts";
import { fromMarkdownTarget } from "../../http/markdown-url.ts";
import { urlOnOrigin } from "../../http/target.ts";
import type { Exchange } from "../../pipeline/exchange.ts";
import type { Compiled } from "./site.ts";

/** What the stage needs of a request, besides the agent. */
export interface PageRequest {
  /** The page on the public origin; for an address of its markdown, the page behind it. */
  readonly page: URL;
  readonly key: string;
  /** How the markdown of a page was asked for by address; undefined where the page was. */
  readonly markdown: "index" | "extension" | undefined;
}

/** The request as it is written. */
export function asWritten({ url }: Exchange, { keyOf }: Compiled): PageRequest {
  return { page: url, key: keyOf(url), markdown: undefined };
}

/** The request for the page of which the address is the markdown's; undefined where it is none. */
export function behindMarkdown({ url }: Exchange, { keyOf }: Compiled): PageRequest | undefined {
  // Only what was seen to be rewritten comes here: `/path.md` may be meant.
  const target = fromMarkdownTarget(url.pathname + url.search, true);
  if (target === undefined) return undefined;
  const page = urlOnOrigin(target, url);
  const markdown = url.pathname.endsWith("/index.md") ? "index" : "extension";
  return { page, key: keyOf(page), markdown };
}

/** Whether the answer may be remembered, and be one that was: not where credentials shape it. */
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

/** Who is told of in records. */
export function agentName({ agent }: Exchange): string {
  return botOf(agent)?.name ?? agent.kind;
}
