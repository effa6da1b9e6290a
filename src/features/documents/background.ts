import type { Catalog } from "./catalog.ts";
import { crawl, PAGE_COST } from "./crawl.ts";
import { listable } from "./listing.ts";
import { crawlOf, type DocumentsPolicy } from "./policy.ts";
import type { SiteOrigin } from "./site-origin.ts";
import type { Site } from "./site.ts";
import type { FeatureParts } from "../../feature/parts.ts";
import type { HourlyCount } from "../../timing/allowance.ts";

/**
 * Reads a site's pages in the background, one crawl of a process at a time; logs the progress.
 *
 * @returns whether all pages that are due were read, as far as the policy and the origin server allow
 */
export async function readInBackground(
  site: Site,
  catalog: Catalog,
  policy: DocumentsPolicy,
  origin: SiteOrigin,
  options: Required<Pick<FeatureParts, "now" | "log" | "scheduler" | "backgroundLimit">> & {
    /** The requests to the origin server. */
    readonly spending: HourlyCount;
    /** Origins that always belong to the site. */
    readonly known: ReadonlySet<string>;
    /** Whether a page is open to those who may read a list or a sitemap. */
    readonly isOpen: (path: string) => boolean;
  },
): Promise<boolean> {
  const { spending, scheduler, isOpen, known, backgroundLimit } = options;
  const crawlPolicy = crawlOf(policy);
  const hasRoom = (): boolean => spending.count < policy.requestsPerHour;
  if (crawlPolicy === undefined) return true;
  if (!hasRoom()) return false;
  const end = Date.now() + backgroundLimit;
  // A crawl that was cut off, as on Workers, does not block others for longer than its time limit.
  const lostAfter = Math.min(backgroundLimit / 1000, 3600);
  const work = scheduler.begin({ name: "crawl", lostAfter });
  if (work === undefined) return false;
  try {
    const isListable = await listable(policy, catalog.robots);
    const result = await crawl(catalog, origin, crawlPolicy, {
      isListable: Object.assign((path: string) => isListable(path) && isOpen(path), {
        cost: isListable.cost,
      }),
      known,
      now: options.now,
      isLate: () => Date.now() > end || !hasRoom() || !work.spend(PAGE_COST),
      save: async (read, left) => {
        options.log.info("documents-crawl", { read, left });
        await site.save().catch((error: unknown) => {
          options.log.info("documents-unsaved", { error: String(error) });
        });
      },
    });
    if (result.read > 0 || result.why === "failures") {
      options.log.info("documents-crawled", { ...result });
    }
    return result.why === "done";
  } finally {
    work.end();
  }
}
