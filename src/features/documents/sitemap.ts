import { escapeXml } from "../../http/escape-xml.ts";
import { nextTurn, PAGES_A_TURN, TurnCount } from "../../timing/turns.ts";

/** The most addresses of a sitemap, as the format states. */
const MOST = 50_000;

/** A page of a sitemap. */
interface SitemapPage {
  /** Absolute. */
  readonly url: string;
  /** The date of the last change, of Last-Modified; undefined if the origin server sent none. */
  readonly modified?: string | undefined;
}

/** Writes a sitemap (sitemaps.org) of pages. */
export async function writeSitemap(pages: Iterable<SitemapPage>): Promise<string> {
  const share = new TurnCount(PAGES_A_TURN);
  const entries: string[] = [];
  for (const { url, modified } of pages) {
    if (entries.length >= MOST) break;
    if (share.isOver()) await nextTurn();
    const lastmod = modified === undefined ? "" : `<lastmod>${modified}</lastmod>`;
    entries.push(`<url><loc>${escapeXml(url)}</loc>${lastmod}</url>\n`);
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${entries.join("")}</urlset>\n`;
}

/** A Last-Modified as a date of the W3C format; undefined if it is none, or in the future. */
export function dateOf(lastModified: string | undefined, now: number): string | undefined {
  const time = Date.parse(lastModified ?? "");
  return Number.isNaN(time) || time > (now + 86_400) * 1000 || time <= 0
    ? undefined
    : new Date(time).toISOString().replace(".000Z", "Z");
}
