import { parseSitemap } from "../../http/sitemap.ts";
import { nextTurn } from "../../timing/turns.ts";
import { readAuditedPage, type AuditedPage } from "../page.ts";
import { textOf, typeOfReply, type AuditResponse } from "../reply.ts";
import { ACCEPT_HTML, type AuditedSite } from "../site.ts";
import type { FurtherContext } from "./further-check.ts";

/** A page of HTML on the site. */
export interface SitePage {
  /** Path and query. */
  readonly target: string;
  readonly reply: AuditResponse;
  readonly page: AuditedPage;
}

/** Sitemaps of an index that are read. */
const MOST_SITEMAPS = 2;
/** Candidates that may turn out to be no pages, for each page. */
const TRIES = 3;

/**
 * Some pages: the home page, the one that the audit was given, and others that the sitemap lists, evenly
 * spread, else those that the home page links to.
 */
export async function somePages({
  site,
  maxPages,
}: Pick<FurtherContext, "site" | "maxPages">): Promise<readonly SitePage[]> {
  const first = ["/", ...(site.page === undefined ? [] : [site.page.pathname + site.page.search])];
  const { targets: listed } = await listedPages(site);
  const linked = site.homePage.links.flatMap((href) => ownTarget(href, site) ?? []);
  const others = listed.length > 0 ? spread(listed, maxPages * TRIES) : linked;
  const pages: SitePage[] = [];
  let tries = maxPages * TRIES;
  for (const target of new Set([...first, ...others])) {
    if (pages.length >= maxPages || tries-- <= 0) break;
    const reply = await site.get(target, { accept: ACCEPT_HTML });
    const isPage =
      reply.kind === "response" && reply.status === 200 && typeOfReply(reply) === "text/html";
    if (isPage) pages.push({ target, reply, page: readAuditedPage(reply) });
  }
  return pages;
}

/** The pages that a sitemap lists. */
interface ListedPages {
  /** The path of the sitemap; undefined if there is none that lists pages. */
  readonly sitemap: string | undefined;
  /** Targets on this origin, which may be a preview. */
  readonly targets: readonly string[];
  /** The origins that the sitemap names. */
  readonly origins: ReadonlySet<string>;
}

/** Reads the site's first sitemap that lists pages. */
export async function listedPages(site: AuditedSite): Promise<ListedPages> {
  const named = site.robots.sitemaps.flatMap(
    (line) => URL.parse(line, site.home.href)?.pathname ?? [],
  );
  const waiting = [...new Set([...named, "/sitemap.xml"])].slice(0, MOST_SITEMAPS);
  for (let at = 0; at < waiting.length && at <= MOST_SITEMAPS; at++) {
    const target = waiting[at] ?? "";
    const reply = await site.get(target, { accept: "application/xml, text/xml, */*;q=0.1" });
    if (reply.kind === "none" || reply.status !== 200) continue;
    const { kind, locations } = await parseSitemap(textOf(reply), nextTurn);
    const urls = locations.flatMap((location) => URL.parse(location) ?? []);
    const targets = urls.map(({ pathname, search }) => pathname + search);
    const origins = new Set(urls.map(({ origin }) => origin));
    if (kind === "pages" && targets.length > 0) return { sitemap: target, targets, origins };
    if (kind === "index") waiting.push(...targets.slice(0, 1));
  }
  return { sitemap: undefined, targets: [], origins: new Set() };
}

/** The target of a link that may lead to a page of the site. */
export function ownTarget(
  href: string,
  site: Pick<AuditedSite, "origin" | "home">,
): string | undefined {
  const url = URL.parse(href, site.home.href);
  const isPage =
    url?.origin === site.origin &&
    !/\.(?:css|js|png|jpe?g|svg|gif|webp|pdf|zip|xml|txt)$/i.test(url.pathname);
  return isPage ? url.pathname + url.search : undefined;
}

/** Some members of a list, evenly spread, the first included. */
function spread<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  const step = list.length / count;
  return Array.from({ length: count }, (_, at) => list[Math.floor(at * step)] as T);
}
