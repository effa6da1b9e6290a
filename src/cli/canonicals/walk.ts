import { nextTurn } from "../../timing/turns.ts";
import { comparable } from "../../features/canonical-redirect/canonical.ts";
import { inventNear } from "../../features/canonical-redirect/invented.ts";
import type { CanonicalOptions } from "../../features/canonical-redirect/page-canonical.ts";
import { likeness } from "../../features/canonical-redirect/text-sketch.ts";
import { urlOnOrigin } from "../../http/target.ts";
import { ask, readPage, readUpTo, type WalkedPage } from "./page.ts";
import { ROBOTS, SITEMAP } from "../../http/known-paths.ts";
import { parseRobots, type Robots } from "../../http/robots.ts";
import { readSitemaps } from "./sitemap.ts";
import { pause } from "../../timing/timeout.ts";

interface WalkOptions {
  readonly start: URL;
  /** @default those that robots.txt names, else /sitemap.xml */
  readonly sitemap: string | undefined;
  readonly maxPages: number;
  /** Milliseconds between two requests; robots.txt may ask for more. */
  readonly delay: number;
  readonly canonicals: CanonicalOptions;
  readonly onPage: (done: number, waiting: number) => void;
  readonly warn: (text: string) => void;
}

/** The result of a crawl. */
export interface Walk {
  readonly pages: ReadonlyMap<string, WalkedPage>;
  readonly disallowed: ReadonlySet<string>;
  /** Keys of canonicals that have the content of the site's error page. */
  readonly errorPages: ReadonlySet<string>;
  /** Whether the crawl stopped at `maxPages`. */
  readonly isCut: boolean;
}

/** The product token of this crawler in robots.txt. */
const TOKEN = "wayleave-canonicals";
const MAX_DELAY = 30_000;
const MAX_ROBOTS = 524_288;

/**
 * Crawls a site by sitemaps, links and canonicals, one request after the other, on the start's
 * origin only. Undefined if the site is unreachable.
 */
export async function walkSite(options: WalkOptions): Promise<Walk | undefined> {
  const { start, canonicals, maxPages } = options;
  const { sameness } = canonicals;
  const robots = await readRobots(start);
  if (robots === undefined) return undefined;
  const delay = Math.min(MAX_DELAY, Math.max(options.delay, (robots.crawlDelay ?? 0) * 1000));
  const pages = new Map<string, WalkedPage>();
  const disallowed = new Set<string>();
  const known = new Set<string>();
  const queue: string[] = [];
  let foreign = 0;
  const add = (href: string, isUrgent = false): void => {
    const named = URL.parse(href);
    const isOurs =
      named !== null && (named.origin === start.origin || sameness.equivalents.has(named.origin));
    if (!isOurs) {
      foreign += 1;
      return;
    }
    const url = urlOnOrigin(named.pathname + named.search, start);
    const key = comparable(url, sameness);
    if (known.has(key)) return;
    known.add(key);
    if (!robots.isAllowed(url.pathname + url.search)) disallowed.add(key);
    else if (isUrgent) queue.unshift(url.href);
    else queue.push(url.href);
  };

  add(start.href);
  const sitemaps = sitemapsOf(options, robots);
  const found = await readSitemaps(sitemaps, maxPages);
  if (options.sitemap !== undefined) {
    for (const url of found.unread) options.warn(`no sitemap at ${url}`);
  }
  for (const page of found.pages) add(page);
  if (foreign > 0) options.warn(`${foreign} addresses of the sitemap are on another origin`);

  while (queue.length > 0 && pages.size < maxPages) {
    const href = queue.shift() as string;
    const facts = await readPage(href, canonicals);
    pages.set(comparable(new URL(href), sameness), facts);
    const { canonical, location } = facts;
    // Targets of canonicals come before other links.
    if (canonical?.kind === "elsewhere") add(canonical.to, true);
    if (location !== undefined) add(location, true);
    for (const link of facts.links) add(link);
    options.onPage(pages.size, queue.length);
    if (queue.length > 0 && delay > 0) await pause(delay);
  }
  const errorPages = await findErrorPages(pages, canonicals, delay);
  return { pages, disallowed, errorPages, isCut: queue.length > 0 };
}

/** Parts of a site whose error pages are looked at. */
const MAX_CONTROLS = 30;
/** The likeness from which a page counts as an error page. */
const SAME = 0.8;

/** Compares the targets of canonicals with the site's responses for addresses that do not exist. */
async function findErrorPages(
  pages: ReadonlyMap<string, WalkedPage>,
  canonicals: CanonicalOptions,
  delay: number,
): Promise<Set<string>> {
  const found = new Set<string>();
  /** The sketch of the error page of each part of the site, if its status is 200. */
  const controls = new Map<string, string | undefined>();
  for (const { canonical } of pages.values()) {
    if (canonical?.kind !== "elsewhere") continue;
    const key = comparable(new URL(canonical.to), canonicals.sameness);
    const target = pages.get(key);
    if (target?.about === undefined || found.has(key)) continue;
    const url = new URL(target.url);
    const invented = inventNear(url, crypto.randomUUID().slice(0, 8));
    if (!controls.has(invented.key) && controls.size < MAX_CONTROLS) {
      if (delay > 0) await pause(delay);
      const control = await readPage(urlOnOrigin(invented.target, url).href, canonicals);
      controls.set(invented.key, control.about?.sketch);
    }
    const sketch = controls.get(invented.key);
    if (sketch !== undefined && likeness(sketch, target.about.sketch) >= SAME) found.add(key);
  }
  return found;
}

function sitemapsOf({ sitemap, start }: WalkOptions, robots: Robots): readonly string[] {
  if (sitemap !== undefined) return [sitemap];
  const named = robots.sitemaps.filter((url) => URL.parse(url)?.origin === start.origin);
  return named.length > 0 ? named : [new URL(SITEMAP, start).href];
}

/** RFC 9309 §2.3.1: without robots.txt, everything is allowed; after a server error, nothing. */
async function readRobots(start: URL): Promise<Robots | undefined> {
  try {
    const response = await ask(new URL(ROBOTS, start).href);
    const { status } = response;
    const content = await readUpTo(response, MAX_ROBOTS);
    const text = status === 200 ? new TextDecoder().decode(content) : "";
    const refused = "user-agent: *\ndisallow: /";
    return await parseRobots(status >= 500 ? refused : text, nextTurn, TOKEN);
  } catch {
    return undefined;
  }
}
