import { nextTurn } from "../../timing/turns.ts";
import { comparable } from "../../features/canonical-redirect/canonical.ts";
import { urlOnOrigin } from "../../http/target.ts";
import { findErrorPages } from "./error-pages.ts";
import { ask, readPage, readUpTo, type ReadOptions, type WalkedPage } from "./page.ts";
import { ROBOTS, SITEMAP } from "../../http/known-paths.ts";
import { parseRobots, type Robots } from "../../http/robots.ts";
import { readSitemaps } from "./sitemap.ts";
import { CommandFailure } from "../usage.ts";
import { pause } from "../../timing/timeout.ts";

interface WalkOptions {
  readonly start: URL;
  /** If there are none: those that robots.txt names, else /sitemap.xml. */
  readonly sitemaps: readonly string[];
  readonly maxPages: number;
  /** Milliseconds between two requests; robots.txt may ask for more. */
  readonly delay: number;
  readonly canonicals: ReadOptions;
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
 * origin only. Throws a CommandFailure if the start is no page that can be read, or if no sitemap
 * that the options name can be read.
 */
export async function walkSite(options: WalkOptions): Promise<Walk> {
  const { start, canonicals, maxPages } = options;
  const { sameness } = canonicals;
  const robots = await readRobots(start);
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

  const visit = (href: string, facts: WalkedPage): void => {
    pages.set(comparable(new URL(href), sameness), facts);
    const { canonical, location } = facts;
    // Targets of canonicals come before other links.
    if (canonical?.kind === "elsewhere") add(canonical.to, true);
    if (location !== undefined) add(location, true);
    for (const link of facts.links) add(link);
    options.onPage(pages.size, queue.length);
  };

  const first = await readStart(start, robots, canonicals);
  known.add(comparable(start, sameness));
  for (const page of await listedPages(options, robots)) add(page);
  if (foreign > 0) options.warn(`${foreign} addresses of the sitemap are on another origin`);
  visit(start.href, first);
  while (queue.length > 0 && pages.size < maxPages) {
    if (delay > 0) await pause(delay);
    const href = queue.shift() as string;
    visit(href, await readPage(href, canonicals));
  }
  const errorPages = await findErrorPages(pages, canonicals, delay);
  return { pages, disallowed, errorPages, isCut: queue.length > 0 };
}

/** Reads the page at which the crawl starts. Throws a CommandFailure if it can't be read. */
async function readStart(start: URL, robots: Robots, options: ReadOptions): Promise<WalkedPage> {
  if (!robots.isAllowed(start.pathname + start.search)) {
    throw new CommandFailure(`the site's robots.txt does not allow ${TOKEN} to read ${start.href}`);
  }
  const page = await readPage(start.href, options);
  const { status, location } = page;
  if (status === 0) throw new CommandFailure(`${start.href} can't be reached`);
  if (status === 200) return page;
  const isRedirect = status >= 300 && status < 400;
  if (!isRedirect || location === undefined)
    throw new CommandFailure(`${start.href} answers ${status}`);
  if (new URL(location).origin !== start.origin) {
    throw new CommandFailure(`${start.href} redirects to ${location}; give that address`);
  }
  return page;
}

/** The pages that the sitemaps list. Throws a CommandFailure if those of the options list none. */
async function listedPages(
  { sitemaps, start, maxPages, warn }: WalkOptions,
  robots: Robots,
): Promise<readonly string[]> {
  if (sitemaps.length === 0) {
    const named = robots.sitemaps.filter((url) => URL.parse(url)?.origin === start.origin);
    const from = named.length > 0 ? named : [new URL(SITEMAP, start).href];
    return (await readSitemaps(from, maxPages)).pages;
  }
  const { pages, faults } = await readSitemaps(sitemaps, maxPages);
  for (const { url, why } of faults) warn(`can't use the sitemap ${url}: ${why}`);
  if (pages.length === 0)
    throw new CommandFailure("no page is listed in the sitemaps of --sitemap");
  return pages;
}

/**
 * RFC 9309 §2.3.1: without robots.txt, everything is allowed; after a server error, nothing. Throws
 * a CommandFailure then, and if the site can't be reached.
 */
async function readRobots(start: URL): Promise<Robots> {
  const { href } = new URL(ROBOTS, start);
  let response: Response;
  try {
    response = await ask(href);
  } catch {
    throw new CommandFailure(`${start.origin} can't be reached`);
  }
  const { status } = response;
  const content = await readUpTo(response, MAX_ROBOTS);
  if (status >= 500) {
    throw new CommandFailure(`${href} answers ${status}, which forbids crawlers all pages`);
  }
  return parseRobots(status === 200 ? new TextDecoder().decode(content) : "", nextTurn, TOKEN);
}
