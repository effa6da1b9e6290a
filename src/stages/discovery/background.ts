import type { Catalog } from "./catalog.ts";
import { crawl } from "./crawl.ts";
import { listable } from "./listing.ts";
import { crawlOf, type DiscoveryPolicy } from "./policy.ts";
import type { SiteOrigin } from "./site-origin.ts";
import type { Site } from "./site.ts";

/** Reads a site's pages after an answer, one crawl of a site at a time, and tells of it in the log. */
export async function readInBackground(
  site: Site,
  catalog: Catalog,
  policy: DiscoveryPolicy,
  origin: SiteOrigin,
  options: {
    readonly now: () => number;
    readonly log: { info(event: string, facts: Readonly<Record<string, unknown>>): void };
    /** Milliseconds. */
    readonly backgroundLimit: number;
  },
): Promise<void> {
  const crawlPolicy = crawlOf(policy);
  if (crawlPolicy === undefined || Date.now() < site.crawlingUntil) return;
  const end = Date.now() + options.backgroundLimit;
  site.crawlingUntil = end;
  try {
    const result = await crawl(catalog, origin, crawlPolicy, {
      isListable: listable(policy, catalog.robots),
      now: options.now,
      isLate: () => Date.now() > end,
      save: async (read, left) => {
        options.log.info("discovery-crawl", { read, left });
        await site.save().catch((error: unknown) => {
          options.log.info("discovery-unsaved", { error: String(error) });
        });
      },
    });
    if (result.read > 0 || result.why === "failures") {
      options.log.info("discovery-crawled", { ...result });
    }
  } finally {
    site.crawlingUntil = 0;
  }
}
