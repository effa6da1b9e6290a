import { escapeXml } from "../../http/escape-xml.ts";
import { parseHttpDate } from "../../http/date.ts";
import { MOST_PARTS, partTarget, SITEMAP } from "../../http/known-paths.ts";
import { sortInTurns, nextTurn, PAGES_A_TURN, TurnCount } from "../../timing/turns.ts";
import { concat } from "../../http/bytes.ts";
import type { Catalog, CatalogPage } from "./catalog.ts";
import { listable } from "./listing.ts";
import type { DocumentsPolicy } from "./policy.ts";

/** The most addresses of one file, as sitemaps.org states. */
const MOST_PAGES = 50_000;
/** The most bytes of one file: the limit of sitemaps.org is 50 MiB, and that of older readers 10 MiB. */
const MOST_BYTES = 10 * 1024 * 1024;
/** An address has fewer characters (sitemaps.org, "loc"). */
const LONGEST = 2048;

/** A page of a sitemap. */
interface SitemapPage {
  /** Absolute. */
  readonly url: string;
  /** The date of the last change; undefined if the origin server states none. */
  readonly modified?: string | undefined;
}

/** A sitemap in one file, or in several that an index lists. */
export interface MadeSitemap {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The files by target; none if no page is known. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/**
 * The pages of a sitemap: those that were read and may be indexed, each under its canonical address.
 *
 * @param isOpen whether a page is open to all clients but bots that rules name
 */
export async function sitemapPages(
  catalog: Catalog,
  policy: Pick<DocumentsPolicy, "exclude" | "crawl">,
  origin: string,
  isOpen: (path: string) => boolean,
): Promise<readonly SitemapPage[]> {
  const isListable = await listable(policy, catalog.robots);
  const share = new TurnCount(PAGES_A_TURN);
  const found = new Map<string, SitemapPage>();
  // A copy: the catalog may change between turns.
  const pages = [...catalog.pages()];
  for (const page of pages) {
    if (share.isOver(isListable.cost)) await nextTurn();
    const { path, modified } = page;
    if (!isIndexed(page, policy.crawl !== false) || !isListable(path) || !isOpen(path)) continue;
    const url = URL.parse(origin + path)?.href;
    if (url !== undefined && url.length < LONGEST) found.set(url, { url, modified });
  }
  return sortInTurns([...found.values()], (a, b) => (a.url < b.url ? -1 : a.url > b.url ? 1 : 0));
}

/** Whether a page may be indexed, which is unknown until it is read, and no other page is its canonical. */
function isIndexed({ path, readAt, isOut, canonical }: CatalogPage, reads: boolean): boolean {
  if (isOut === true || (reads && readAt === 0)) return false;
  return canonical === undefined || canonical === path;
}

/** Writes a sitemap (sitemaps.org) of pages, in as many files as its limits require. */
export async function writeSitemap(
  pages: readonly SitemapPage[],
  origin: string,
  at: number,
): Promise<MadeSitemap> {
  const parts = await partsOf(pages);
  const [first] = parts;
  // The format has no file without pages.
  if (first === undefined) return { at, files: new Map() };
  if (parts.length === 1) return { at, files: new Map([[SITEMAP, concat(first.pieces)]]) };
  const files = new Map(parts.map(({ pieces }, i) => [partTarget(i + 1), concat(pieces)] as const));
  const entries = parts.map(({ modified }, i) => {
    const loc = `<loc>${escapeXml(origin + partTarget(i + 1))}</loc>`;
    return `<sitemap>${loc}${lastmod(modified)}</sitemap>\n`;
  });
  files.set(SITEMAP, wrap("sitemapindex", entries.join("")));
  return { at, files };
}

export function sizeOfSitemap({ files }: MadeSitemap): number {
  return [...files.values()].reduce((sum, { length }) => sum + length, 0);
}

/** One file, in pieces. */
interface Part {
  readonly pieces: Uint8Array<ArrayBuffer>[];
  /** The latest of its pages' dates. */
  modified: string | undefined;
}

async function partsOf(pages: readonly SitemapPage[]): Promise<readonly Part[]> {
  const share = new TurnCount(PAGES_A_TURN);
  const parts: Part[] = [];
  let bytes = 0;
  let count = 0;
  for (const { url, modified } of pages) {
    if (share.isOver()) await nextTurn();
    const entry = encoder.encode(`<url><loc>${escapeXml(url)}</loc>${lastmod(modified)}</url>\n`);
    const isFull = count >= MOST_PAGES || bytes + entry.length + END.length > MOST_BYTES;
    if (isFull || parts.length === 0) {
      if (parts.length >= MOST_PARTS) break;
      parts.push({ pieces: [START], modified: undefined });
      [bytes, count] = [START.length, 0];
    }
    const part = parts.at(-1);
    part?.pieces.push(entry);
    if (part !== undefined && (modified ?? "") > (part.modified ?? "")) part.modified = modified;
    bytes += entry.length;
    count += 1;
  }
  for (const { pieces } of parts) pieces.push(END);
  return parts;
}

const encoder = new TextEncoder();

function wrap(element: "urlset" | "sitemapindex", content: string): Uint8Array<ArrayBuffer> {
  const start = `<?xml version="1.0" encoding="UTF-8"?>\n<${element} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n`;
  return encoder.encode(`${start}${content}</${element}>\n`);
}

const END = encoder.encode("</urlset>\n");
const START = wrap("urlset", "").slice(0, -END.length);

function lastmod(modified: string | undefined): string {
  return modified === undefined ? "" : `<lastmod>${modified}</lastmod>`;
}

/** Seconds between the times of a response and its content within which the content was made for it. */
const FOR_THE_RESPONSE = 2;

/**
 * A Last-Modified as a date of the W3C format; undefined if it is none, in the future, or that of the
 * response itself, which says nothing about a change.
 *
 * @param now seconds since the epoch
 * @param sentAt Date of the response
 */
export function dateOf(
  lastModified: string | undefined,
  now: number,
  sentAt?: string,
): string | undefined {
  const seconds = parseHttpDate(lastModified ?? "", now);
  if (seconds === undefined || seconds > now + 86_400 || seconds <= 0) return undefined;
  const sent = parseHttpDate(sentAt ?? "", now) ?? now;
  if (Math.abs(sent - seconds) <= FOR_THE_RESPONSE) return undefined;
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
