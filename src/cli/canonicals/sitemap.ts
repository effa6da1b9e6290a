import { gunzipSync } from "node:zlib";
import { Parser } from "htmlparser2";
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
  const queue = [...from];
  const pages = new Set<string>();
  const unread: string[] = [];
  for (let i = 0; i < queue.length && i < MAX_SITEMAPS && pages.size < wanted; i++) {
    const url = queue[i] as string;
    const text = await readText(url);
    if (text === undefined) unread.push(url);
    const found = parseSitemap(text ?? "");
    for (const page of found.pages) if (URL.canParse(page)) pages.add(new URL(page).href);
    for (const more of found.sitemaps) if (!queue.includes(more)) queue.push(more);
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

/** Addresses in a sitemap (`url`), and of further sitemaps in an index (`sitemap`). */
export function parseSitemap(xml: string): { pages: string[]; sitemaps: string[] } {
  const pages: string[] = [];
  const sitemaps: string[] = [];
  let inside: string[] | undefined;
  let text: string | undefined;
  const parser = new Parser(
    {
      onopentag(name) {
        if (name === "url") inside = pages;
        else if (name === "sitemap") inside = sitemaps;
        else if (name === "loc" && inside !== undefined) text = "";
      },
      ontext(more) {
        if (text !== undefined) text += more;
      },
      onclosetag(name) {
        if (name === "loc" && text !== undefined) {
          inside?.push(text.trim());
          text = undefined;
        } else if (name === "url" || name === "sitemap") inside = undefined;
      },
    },
    { xmlMode: true },
  );
  parser.write(xml);
  parser.end();
  return { pages, sitemaps };
}
