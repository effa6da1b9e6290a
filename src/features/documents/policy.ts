import * as v from "valibot";
import { duration, secondsOf } from "../../timing/duration.ts";
import { pathPattern, wholeNumber } from "../../http/schemas.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";

const count = (least: number, most: number, standard: number) =>
  v.optional(wholeNumber(least, most), standard);

const crawlOptions = v.strictObject({
  /** Number of pages to read. @default 2000 */
  maxPages: count(1, 200_000, 2000),
  /** Number of pages to read at the same time. @default 2 */
  concurrency: count(1, 16, 2),
  /** Milliseconds between two pages. @default 0 */
  delay: count(0, 60_000, 0),
  /** Time after which a page is read again. @default "7d" */
  refresh: v.optional(duration(), "7d"),
});

/** The options under `documents`. */
export const documentsOptions = v.strictObject({
  ...modeEntries,
  /** Name of the site in llms.txt. @default the title of its first page @example "Lantern" */
  title: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  /** A description of the site, one or two sentences. @default the description of its first page @example "A small lamp for the terminal." */
  description: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1000))),
  /** Paths of pages to exclude. Pages that robots.txt forbids to all agents are always excluded. @default none @example ["/drafts/*"] */
  exclude: v.optional(v.array(pathPattern), []),
  /** Paths of the sitemaps. @default those that robots.txt names, else /sitemap.xml @example ["/sitemap-pages.xml"] */
  sitemaps: v.optional(v.array(v.pipe(v.string(), v.startsWith("/"), v.maxLength(2000)))),
  /** Number of pages in the lists. @default 50000 */
  maxPages: count(1, 200_000, 50_000),
  /** Characters in one llms.txt; a longer one is split. @default 50000 */
  maxChars: count(2000, 1_000_000, 50_000),
  /** Serves llms.txt and …/llms-full.txt; false leaves only the documents that the rules name at their top. @default true */
  lists: v.optional(v.boolean(), true),
  /** Names the documents that exist in `Link` on the home page. @default true */
  links: v.optional(v.boolean(), true),
  /** The former place of the key `sitemap` at the top of the rules. @default false */
  sitemap: v.optional(v.boolean(), false),
  /** Serves …/llms-full.txt with the text of the pages below. @default true */
  full: v.optional(v.boolean(), true),
  /** Bytes in one llms-full.txt. @default 2097152 */
  fullMaxBytes: count(1024, 33_554_432, 2_097_152),
  /** Pages in one llms-full.txt. @default 500 */
  fullMaxPages: count(1, 20_000, 500),
  /** How long a document is stored, and how long the proxy remembers that the origin server has none. @default "10m" */
  keepFor: v.optional(duration(), "10m"),
  /** Requests to the origin server per hour and process, for lists and full texts. @default 2000 */
  requestsPerHour: count(10, 1_000_000, 2000),
  /** Pages with fewer words besides their links are excluded. @default 20 */
  minWords: count(0, 10_000, 20),
  /** How long robots.txt and sitemaps are cached. @default "1h" */
  refresh: v.optional(duration(), "1h"),
  /** Reads titles and descriptions of the listed pages in the background; false switches this off. @default true @example { "concurrency": 4 } */
  crawl: v.optional(v.union([v.boolean(), crawlOptions]), true),
});

export type DocumentsPolicy = v.InferOutput<typeof documentsOptions>;

const STANDARD = v.parse(crawlOptions, {});

/** How the site is crawled in the background; `refresh` in seconds. */
export type CrawlPolicy = Omit<v.InferOutput<typeof crawlOptions>, "refresh"> & {
  readonly refresh: number;
};

/** The crawl that a policy requests; undefined if there is none. */
export function crawlOf({ crawl }: DocumentsPolicy): CrawlPolicy | undefined {
  if (crawl === false) return undefined;
  const options = crawl === true ? STANDARD : crawl;
  return { ...options, refresh: secondsOf(options.refresh) };
}
