import { commerceSignals, isShop } from "../../audit/commerce.ts";
import { listedPages, ownTarget, somePages, type SitePage } from "../../audit/further/pages.ts";
import { isPageReply, typeOfReply, type AuditResponse } from "../../audit/reply.ts";
import { ACCEPT_HTML, ACCEPT_MARKDOWN, type AuditedSite } from "../../audit/site.ts";
import { readAuditedPage } from "../../audit/page.ts";
import type { Bot } from "../../agent/bots.ts";
import type { Canonical } from "../../features/canonical-redirect/canonical.ts";
import { assetsOf, findBundles, type FoundBundles } from "./bundles.ts";
import { canonicalOfPage } from "./canonicals.ts";
import { findFramework, findFront, type FoundFramework } from "./framework.ts";
import { findPersonalPaths, type PersonalPath } from "./personal-paths.ts";
import { isPlainPath } from "./plain-target.ts";
import { findPublicOrigin, type PublicOriginFound } from "./public-origin.ts";
import { findRefusals, type RobotsRefusals } from "./refusals.ts";

/** The facts about a site from which its first rules are made. */
export interface SiteSurvey {
  /** The origin that was read. */
  readonly origin: string;
  readonly isLocal: boolean;
  readonly publicOrigin: PublicOriginFound | undefined;
  readonly framework: FoundFramework | undefined;
  /** A shared cache that sends the responses today. */
  readonly front: string | undefined;
  readonly isShop: boolean;
  readonly pages: readonly SurveyedPage[];
  /** The sitemap, and the number of pages that it lists. */
  readonly sitemap: { readonly path: string; readonly pages: number } | undefined;
  readonly hasLlmsTxt: boolean;
  readonly hasMarkdown: boolean;
  /** The content coding of the home page. */
  readonly coding: string | undefined;
  readonly robots: RobotsRefusals;
  readonly feeds: readonly string[];
  readonly bundles: FoundBundles;
  readonly personal: readonly PersonalPath[];
  /** Names of cookies that pages set, with the number of pages. */
  readonly cookies: ReadonlyMap<string, number>;
}

/** A page that was read. */
export interface SurveyedPage {
  readonly target: string;
  readonly canonical: Canonical;
  /** Whether it has scripts and hardly any text. */
  readonly isScriptOnly: boolean;
}

/** Characters below which a page with scripts counts as one that scripts write. */
const LEAST_TEXT = 100;

export interface SurveyOptions {
  readonly maxPages: number;
  readonly isLocal: boolean;
  readonly bots: readonly Bot[];
  readonly onPart: (name: string) => void;
}

/** Reads some pages and documents of a site. */
export async function surveySite(site: AuditedSite, options: SurveyOptions): Promise<SiteSurvey> {
  const { maxPages, isLocal, bots, onPart } = options;
  onPart("pages");
  const read = await readPages(
    site,
    maxPages,
    findPublicOrigin(site, [site.homePage], NONE, isLocal),
  );
  const audited = read.map(({ page }) => page);
  onPart("sitemap");
  const { sitemap, targets, origins } = await listedPages(site);
  const publicOrigin = findPublicOrigin(site, audited, origins, isLocal);
  const publicUrl = publicOrigin?.origin ?? site.origin;
  const own = new Set([site.origin, publicUrl]);
  const cookies = cookiesOf(read);
  const assets = audited.slice(0, 1).flatMap(assetsOf);
  const framework = findFramework(site, assets, new Set(cookies.keys()));
  onPart("further documents");
  return {
    origin: site.origin,
    isLocal,
    publicOrigin,
    framework,
    front: findFront(site),
    isShop: isShop(commerceSignals(site.homePage, site.home)),
    pages: read.map((page) => ({
      target: page.target,
      canonical: canonicalOfPage(page, publicUrl, own),
      isScriptOnly: page.page.text.length < LEAST_TEXT && page.page.scripts.length > 0,
    })),
    sitemap: sitemap === undefined ? undefined : { path: sitemap, pages: targets.length },
    hasLlmsTxt: await hasLlmsTxt(site),
    hasMarkdown: typeOfReply(await site.get("/", { accept: ACCEPT_MARKDOWN })) === "text/markdown",
    coding: site.homeReply.fields.get("content-encoding")?.toLowerCase(),
    robots: await findRefusals(site.robots, bots),
    feeds: feedsOf(read, own),
    bundles: findBundles(
      read.map(({ target, page }) => ({ url: site.origin + target, page })),
      own,
    ),
    personal: await findPersonalPaths(site, audited, framework?.personal ?? [], own),
    cookies,
  };
}

const NONE: ReadonlySet<string> = new Set();

/** Pages of the sitemap, and others that the home page links to, which may be doubles of them. */
async function readPages(
  site: AuditedSite,
  maxPages: number,
  named: PublicOriginFound | undefined,
): Promise<readonly SitePage[]> {
  const pages = [...(await somePages({ site, maxPages: Math.ceil(maxPages / 2) }))];
  if (pages.length === 0) {
    // Its type is wrong, or robots.txt does not allow to read it again.
    pages.push({ target: "/", reply: site.homeReply, page: site.homePage });
  }
  const read = new Set(pages.map(({ target }) => target));
  // A preview may link to its pages by the public origin.
  const base = named === undefined ? site.home : new URL(named.origin);
  const linked = new Set(
    site.homePage.links.flatMap(
      (href) => ownTarget(href, site) ?? ownTarget(href, { origin: base.origin, home: base }) ?? [],
    ),
  );
  let tries = 2 * maxPages;
  for (const target of [...linked].filter((each) => !read.has(each))) {
    if (pages.length >= maxPages || tries-- <= 0) break;
    const reply = await site.get(target, { accept: ACCEPT_HTML, keepsRedirects: true });
    const isPage =
      reply.kind === "response" && reply.status === 200 && typeOfReply(reply) === "text/html";
    if (isPage) pages.push({ target, reply, page: readAuditedPage(reply) });
  }
  return pages;
}

async function hasLlmsTxt(site: AuditedSite): Promise<boolean> {
  const reply = await site.get("/llms.txt", { accept: "text/plain, text/markdown, */*;q=0.1" });
  return reply.kind === "response" && reply.status === 200 && !isPageReply(reply);
}

/** A token (RFC 9110 §5.6.2), as names of cookies are. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]{1,80}$/;

function cookiesOf(pages: readonly SitePage[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { reply } of pages) {
    for (const name of new Set(cookieNames(reply))) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function cookieNames({ fields }: AuditResponse): readonly string[] {
  return [...fields.lines()].flatMap(([field, value]) => {
    if (field.toLowerCase() !== "set-cookie") return [];
    const name = value.split("=", 1)[0]?.trim() ?? "";
    return COOKIE_NAME.test(name) ? [name] : [];
  });
}

const FEED_TYPES = new Set([
  "application/rss+xml",
  "application/atom+xml",
  "application/feed+json",
]);
const MOST_FEEDS = 10;

function feedsOf(pages: readonly SitePage[], own: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>();
  const [base = ""] = own;
  for (const { target, page } of pages) {
    for (const { rel, type, href } of page.linkElements) {
      if (!rel.split(/\s+/).includes("alternate") || !FEED_TYPES.has(type)) continue;
      const url = URL.parse(href, base + target);
      if (url !== null && own.has(url.origin) && isPlainPath(url.pathname)) found.add(url.pathname);
    }
  }
  return [...found].slice(0, MOST_FEEDS);
}
