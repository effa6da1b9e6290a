import { nextTurn } from "../../timing/turns.ts";
import { comparable, type Sameness } from "../../features/canonical-redirect/canonical.ts";
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
  readonly sameness: Sameness;
  readonly onPage: (done: number, waiting: number) => void;
  readonly warn: (text: string) => void;
}

/** The result of a crawl. */
export interface Walk {
  readonly pages: ReadonlyMap<string, WalkedPage>;
  readonly disallowed: ReadonlySet<string>;
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
  const { start, sameness, maxPages } = options;
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
    const facts = await readPage(href, sameness);
    pages.set(comparable(new URL(href), sameness), facts);
    const { canonical, location } = facts;
    // Targets of canonicals come before other links.
    if (canonical?.kind === "elsewhere") add(canonical.to, true);
    if (location !== undefined) add(location, true);
    for (const link of facts.links) add(link);
    options.onPage(pages.size, queue.length);
    if (queue.length > 0 && delay > 0) await pause(delay);
  }
  return { pages, disallowed, isCut: queue.length > 0 };
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
