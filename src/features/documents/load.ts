import { ROBOTS, SITEMAP } from "../../http/known-paths.ts";
import { parseRobots } from "../../http/robots.ts";
import { walkSitemaps } from "../../http/sitemap.ts";
import { isOnWeb } from "../../http/target.ts";
import { nextTurn, TurnCount } from "../../timing/turns.ts";
import type { Catalog } from "./catalog.ts";
import type { SiteOrigin } from "./site-origin.ts";

const MAX_ROBOTS = 512 * 1024;
/** The most bytes of one sitemap, unpacked. */
const MAX_SITEMAP = 16 * 1024 * 1024;
/** Addresses that are processed in one turn of the event loop. */
const LOCATIONS_A_TURN = 1000;
/** The most sitemaps that are read, including those of an index. */
const MAX_SITEMAPS = 100;

/**
 * Reads robots.txt and the sitemaps into a catalog. It requests only the site's own origin server:
 * of an address in a file, only the path counts.
 *
 * @param known origins that always belong to the site
 */
export async function loadCatalog(
  catalog: Catalog,
  origin: SiteOrigin,
  options: {
    readonly sitemaps: readonly string[] | undefined;
    readonly known: ReadonlySet<string>;
    readonly maxPages: number;
    readonly now: number;
  },
): Promise<void> {
  catalog.robots = (await origin.text(ROBOTS, MAX_ROBOTS)) ?? "";
  const named =
    options.sitemaps ??
    targets((await parseRobots(catalog.robots, nextTurn)).sitemaps.slice(0, MAX_SITEMAPS));
  const from = named.length > 0 ? named : [SITEMAP];
  const paths = new Set<string>();
  const share = new TurnCount(LOCATIONS_A_TURN);
  const read = (target: string) => origin.text(target, MAX_SITEMAP);
  await walkSitemaps(from, MAX_SITEMAPS, read, nextTurn, async (sitemap) => {
    if (sitemap?.kind === "index") return targets(sitemap.locations.slice(0, MAX_SITEMAPS));
    for (const path of await pathsOf(sitemap?.locations ?? [], options.known)) {
      if (share.isOver()) await nextTurn();
      paths.add(path);
    }
    return paths.size >= options.maxPages ? "enough" : [];
  });
  catalog.hasSitemap = paths.size > 0;
  if (catalog.hasSitemap) await catalog.replace(paths);
  else catalog.add("/");
  catalog.loadedAt = options.now;
}

function targets(locations: readonly string[]): string[] {
  return locations.flatMap((location) => {
    const url = URL.parse(location, "http://site.invalid/");
    return url === null ? [] : [url.pathname + url.search];
  });
}

/**
 * The paths of a site's pages in a sitemap, which is for one site (sitemaps.org, "location"). If
 * the origin server has another name for itself, that of the first address counts.
 *
 * @param known origins that always belong to the site
 */
export async function pathsOf(
  locations: readonly string[],
  known: ReadonlySet<string>,
): Promise<string[]> {
  const paths: string[] = [];
  let own: string | undefined;
  for (const [at, location] of locations.entries()) {
    if (at % LOCATIONS_A_TURN === LOCATIONS_A_TURN - 1) await nextTurn();
    const url = URL.parse(location);
    if (!isOnWeb(url)) continue;
    own ??= url.host;
    if (url.host === own || known.has(url.origin)) paths.push(url.pathname + url.search);
  }
  return paths;
}
