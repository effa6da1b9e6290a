import { gunzipSync } from "node:zlib";
import { parseSitemap } from "../../http/sitemap.ts";
import { ask, readUpTo } from "./page.ts";

/** Larger sitemaps are read to here, in bytes (sitemaps.org: 50 MB at most). */
const MAX_SITEMAP = 52_428_800;
/** Sitemaps that are read in all, those of an index included. */
const MAX_SITEMAPS = 50;

/**
 * The pages that sitemaps name, those of sitemap indexes followed.
 *
 * @param wanted pages after which no more is read
 */
export async function readSitemaps(
  from: readonly string[],
  wanted: number,
): Promise<{ readonly pages: readonly string[]; readonly unread: readonly string[] }> {
  // A set is walked in order while it grows.
  const queue = new Set(from);
  const pages = new Set<string>();
  const unread: string[] = [];
  let read = 0;
  for (const url of queue) {
    if (read++ >= MAX_SITEMAPS || pages.size >= wanted) break;
    const text = await readText(url);
    if (text === undefined) unread.push(url);
    const { kind, locations } = parseSitemap(text ?? "");
    for (const location of locations) {
      if (kind === "index") queue.add(location);
      else if (URL.canParse(location)) pages.add(new URL(location).href);
    }
  }
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
