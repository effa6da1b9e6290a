import { gunzipSync } from "node:zlib";
import { walkSitemaps, type Sitemap } from "../../http/sitemap.ts";
import { ask, readUpTo } from "./page.ts";

/** Larger sitemaps are read to here, in bytes (sitemaps.org: 50 MB at most). */
const MAX_SITEMAP = 52_428_800;
/** Sitemaps that are read in all, those of an index included. */
const MAX_SITEMAPS = 50;
const NOTHING: Sitemap = { kind: "pages", locations: [] };

/**
 * The pages that sitemaps name, those of sitemap indexes followed.
 *
 * @param wanted pages after which no more is read
 */
export async function readSitemaps(
  from: readonly string[],
  wanted: number,
): Promise<{ readonly pages: readonly string[]; readonly unread: readonly string[] }> {
  const pages = new Set<string>();
  const unread: string[] = [];
  await walkSitemaps(from, MAX_SITEMAPS, readText, (sitemap, url) => {
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
