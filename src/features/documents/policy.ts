import * as v from "valibot";
import { anyDuration, secondsOf } from "../../timing/duration.ts";
import { compilePathPattern } from "../../http/path-pattern.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";

const pattern = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const compiled = compilePathPattern(dataset.value);
    if ("fault" in compiled) addIssue({ message: compiled.fault });
  }),
);

const count = (least: number, most: number, standard: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most)), standard);

const duration = (standard: string) => v.optional(anyDuration(), standard);

/** What a rules file may say under `documents`. */
export const documentsOptions = v.strictObject({
  ...modeEntries,
  /** Name of the site in llms.txt. @default the title of its first page @example "Lantern" */
  title: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
  /** What the site is about, in a sentence or two. @default the description of its first page @example "A small lamp for the terminal." */
  description: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1000))),
  /** Pages that are not listed. What robots.txt forbids to all never is. @default none @example ["/drafts/*"] */
  exclude: v.optional(v.array(pattern), []),
  /** Paths of the sitemaps. @default those that robots.txt names, else /sitemap.xml @example ["/sitemap-pages.xml"] */
  sitemaps: v.optional(v.array(v.pipe(v.string(), v.startsWith("/"), v.maxLength(2000)))),
  /** Pages that are listed at most. @default 50000 */
  maxPages: count(1, 200_000, 50_000),
  /** Characters in one llms.txt at most; what is longer is split. @default 50000 */
  maxChars: count(2000, 1_000_000, 50_000),
  /** Answer …/llms-full.txt with the text of the pages below. @default true */
  full: v.optional(v.boolean(), true),
  /** Bytes in one llms-full.txt at most. @default 2097152 */
  fullMaxBytes: count(1024, 33_554_432, 2_097_152),
  /** Pages in one llms-full.txt at most. @default 500 */
  fullMaxPages: count(1, 20_000, 500),
  /** How long a document that was made counts, and that the origin has none of its own. @default "10m" */
  keepFor: duration("10m"),
  /** Requests to the origin in an hour and process at most, for lists and their texts. @default 2000 */
  requestsPerHour: count(10, 1_000_000, 2000),
  /** A page with fewer words than this besides its links only leads to others, and is left out. @default 20 */
  minWords: count(0, 10_000, 20),
  /** How long what is known of robots.txt and sitemaps counts. @default "1h" */
  refresh: duration("1h"),
  /** Read the listed pages' titles and descriptions in the background, or false. @default true @example { "concurrency": 4 } */
  crawl: v.optional(
    v.union([
      v.boolean(),
      v.strictObject({
        /** Pages that are read at most. @default 2000 */
        maxPages: count(1, 200_000, 2000),
        /** Pages that are read at a time. @default 2 */
        concurrency: count(1, 16, 2),
        /** Milliseconds between two pages. @default 0 */
        delay: count(0, 60_000, 0),
        /** After how long a page is read again. @default "7d" */
        refresh: duration("7d"),
      }),
    ]),
    true,
  ),
});

export type DocumentsPolicy = v.InferOutput<typeof documentsOptions>;

/** How the site is read in the background; undefined where it is not. */
export interface CrawlPolicy {
  readonly maxPages: number;
  readonly concurrency: number;
  readonly delay: number;
  /** Seconds. */
  readonly refresh: number;
}

const STANDARD: CrawlPolicy = { maxPages: 2000, concurrency: 2, delay: 0, refresh: 604_800 };

/** The crawl that a policy asks for. */
export function crawlOf({ crawl }: DocumentsPolicy): CrawlPolicy | undefined {
  if (crawl === false) return undefined;
  if (crawl === true) return STANDARD;
  return { ...crawl, refresh: secondsOf(crawl.refresh) };
}
