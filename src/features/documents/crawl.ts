import { parseCacheControl } from "../../http/cache-control.ts";
import type { Fields } from "../../http/fields.ts";
import { parseLinks } from "../../http/link.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import { forbidsIndexing } from "../../http/robots-meta.ts";
import type { Catalog, CatalogPage } from "./catalog.ts";
import { PageReader, type PageFacts } from "./page-facts.ts";
import type { CrawlPolicy } from "./policy.ts";
import { canonicalPath } from "./same-page.ts";
import { dateOf } from "./sitemap.ts";
import { contentOf, type SiteOrigin } from "./site-origin.ts";
import type { Listable } from "./listing.ts";
import { inTurns, nextTurn, PAGES_A_TURN, TurnCount } from "../../timing/turns.ts";
import { pause } from "../../timing/timeout.ts";

/** The most bytes of a page that are read. */
export const MAX_PAGE = 2 * 1024 * 1024;

/** Milliseconds of CPU time for reading one page, an estimate for 100 KB of HTML. */
export const PAGE_COST = 5;

/** Pages between two saves and log lines. */
const STEP = 50;

/** The cost of counting a page that was read, as a share of all else about a page. */
const COUNTING = 0.05;

/** The number of consecutive failures that ends a crawl. */
const MAX_FAILURES = 8;

/** The result of a crawl. */
interface CrawlResult {
  readonly read: number;
  readonly left: number;
  readonly why: "done" | "time" | "failures";
}

/** Reads the pages of a catalog that are due, in order; it can stop and continue later. */
export async function crawl(
  catalog: Catalog,
  origin: SiteOrigin,
  policy: CrawlPolicy,
  run: {
    readonly isListable: Listable;
    /** Origins that always belong to the site. */
    readonly known: ReadonlySet<string>;
    /** Seconds since the epoch. */
    readonly now: () => number;
    /** Whether the time limit is reached. */
    readonly isLate: () => boolean;
    /** Called from time to time, and at the end. */
    save(read: number, left: number): Promise<void>;
  },
): Promise<CrawlResult> {
  const share = new TurnCount(PAGES_A_TURN);
  const pages = [...catalog.pages()];
  let budget = policy.maxPages;
  for (const { readAt } of pages) {
    if (share.isOver(COUNTING)) await nextTurn();
    if (readAt > 0 && budget > 0) budget -= 1;
  }
  const before = run.now() - policy.refresh;
  const waiting: string[] = [];
  for (const page of pages) {
    if (share.isOver(run.isListable.cost)) await nextTurn();
    if (page.readAt > before || !run.isListable(page.path)) continue;
    // Pages that were read before do not count against the budget.
    if (page.readAt === 0 && budget-- <= 0) continue;
    waiting.push(page.path);
  }
  let read = 0;
  let failures = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      if (waiting.length === 0 || failures >= MAX_FAILURES || run.isLate()) return;
      const path = waiting.shift() as string;
      const result = await readPage(path, origin, !catalog.hasSitemap);
      if (result === undefined) failures += 1;
      else {
        failures = 0;
        read += 1;
        const { facts, fields } = result;
        catalog.update(toPage(path, facts, run.now(), fields));
        const links = facts === undefined ? [] : [facts.canonical, ...facts.links];
        const found = fields?.get("location") ?? "";
        follow(catalog, path, [found, ...links], waiting, () => budget-- > 0, run);
        if (read % STEP === 0) await run.save(read, waiting.length);
      }
      if (policy.delay > 0) await pause(policy.delay);
    }
  };
  await Promise.all(Array.from({ length: policy.concurrency }, work));
  if (read > 0) await run.save(read, waiting.length);
  const why = waiting.length === 0 ? "done" : failures >= MAX_FAILURES ? "failures" : "time";
  return { read, left: waiting.length, why };
}

/** The catalog's entry for a page that was read; without facts, the page is not listed. */
export function toPage(
  path: string,
  facts: PageFacts | undefined,
  now: number,
  fields?: Pick<Fields, "get">,
): CatalogPage {
  if (facts === undefined || facts.isHidden) return { path, isOut: true, readAt: now };
  const { title, description, words } = facts;
  const ofField = parseLinks(fields?.get("link")).find(({ rel }) => rel.includes("canonical"));
  const canonical = canonicalPath(facts.canonical || (ofField?.href ?? ""), path);
  const modified = dateOf(fields?.get("last-modified"), now, fields?.get("date"));
  return {
    path,
    title,
    description,
    words,
    readAt: now,
    ...(canonical === undefined ? {} : { canonical }),
    ...(modified === undefined ? {} : { modified }),
  };
}

/** Whether a response is a page that every client may see. */
export function isListed(status: number, fields: Fields): boolean {
  if (status !== 200 || !isHtml(parseMediaType(fields.get("content-type")))) return false;
  if (forbidsIndexing(fields.get("x-robots-tag"))) return false;
  const directives = parseCacheControl(fields.get("cache-control"));
  return !directives.has("private") && !directives.has("no-store");
}

/** A page that was read: its facts if it may be listed, and the fields of its response. */
interface ReadPage {
  readonly facts: PageFacts | undefined;
  readonly fields?: Fields;
}

/** Reads a page; undefined if the origin server failed. */
async function readPage(
  path: string,
  origin: SiteOrigin,
  wantsLinks: boolean,
): Promise<ReadPage | undefined> {
  try {
    const answer = await origin.get(path, "text/html, */*;q=0.1");
    const { status, fields } = answer;
    const content = contentOf(answer, isListed(status, fields));
    if (status === 429 || status >= 500) return undefined;
    if (content === undefined) return { facts: undefined, fields };
    const type = parseMediaType(fields.get("content-type"));
    const isXml = type?.essence === "application/xhtml+xml";
    const page = new PageReader(type?.charset, isXml, wantsLinks);
    const reader = inTurns(content).getReader();
    let left = MAX_PAGE;
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) break;
      page.push(value);
      left -= value.length;
    }
    if (left <= 0) reader.cancel().catch(() => {});
    return { facts: page.end(), fields };
  } catch {
    return undefined;
  }
}

/** Adds the pages to which a page links or redirects, or that it names as canonical, if the site has no sitemap. */
function follow(
  catalog: Catalog,
  path: string,
  links: readonly string[],
  waiting: string[],
  hasBudget: () => boolean,
  {
    isListable,
    known,
  }: { readonly isListable: (path: string) => boolean; readonly known: ReadonlySet<string> },
): void {
  if (catalog.hasSitemap) return;
  const base = `http://site.invalid${path}`;
  for (const link of links) {
    const url = link === "" ? null : URL.parse(link, base);
    if (url === null || (url.host !== "site.invalid" && !known.has(url.origin))) continue;
    const { pathname, search } = url;
    if (search !== "" || !isListable(pathname)) continue;
    if (!catalog.has(pathname) && hasBudget() && catalog.add(pathname)) waiting.push(pathname);
  }
}
