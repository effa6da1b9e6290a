import { gunzipSync } from "node:zlib";
import { walkSitemaps, type Sitemap } from "../../http/sitemap.ts";
import { nextTurn } from "../../timing/turns.ts";
import { ask, readUpTo } from "./page.ts";

/** Bytes of a sitemap that are read, at most (the maximum of sitemaps.org). */
const MAX_SITEMAP = 52_428_800;
/** Sitemaps that are read in all, at most, including those of an index. */
const MAX_SITEMAPS = 50;
const NOTHING: Sitemap = { kind: "pages", locations: [] };

/**
 * Reads the pages that sitemaps list; follows sitemap indexes.
 *
 * @param wanted number of pages after which it stops
 */
export async function readSitemaps(
  from: readonly string[],
  wanted: number,
): Promise<{ readonly pages: readonly string[]; readonly unread: readonly string[] }> {
  const pages = new Set<string>();
  const unread: string[] = [];
  await walkSitemaps(from, MAX_SITEMAPS, readText, nextTurn, (sitemap, url) => {
    if (sitemap === undefined) unread.push(url);
    const { kind, locations } = sitemap ?? NOTHING;
    if (kind === "index") return locations;
    for (const location of locations) {
      if (URL.canParse(location)) pages.add(new URL(location).href);
    }
    return pages.size >= wanted ? "enough" : [];
  });
  return { pages: [...pages].slice(0, wanted), unread };
}

async function readText(url: string): Promise<string | undefined> {
  try {
    const response = await ask(url);
    if (response.status !== 200) {
      await response.body?.cancel();
      return undefined;
    }
    const content = await readUpTo(response, MAX_SITEMAP);
    const isGzip = content[0] === 0x1f && content[1] === 0x8b;
    const bytes = isGzip ? gunzipSync(content, { maxOutputLength: MAX_SITEMAP }) : content;
    return new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}
