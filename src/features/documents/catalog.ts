import { concat } from "../../http/bytes.ts";
import { nextTurn } from "../../timing/turns.ts";

const LINE_FEED = 0x0a;

/** Pages that are copied, written or read in one turn of the event loop. */
const A_TURN = 1000;

/** The known facts about one page of the site. */
export interface CatalogPage {
  readonly path: string;
  /** Undefined until the page is read. */
  readonly title?: string;
  readonly description?: string;
  readonly words?: number;
  /** Path and query of the page's canonical. */
  readonly canonical?: string;
  /** The date of its last change, if the origin server states it. */
  readonly modified?: string;
  /** Whether the page was read and must not be listed: gone, moved, not HTML, or noindex. */
  readonly isOut?: true;
  /** Seconds since the epoch; 0 until the page is read. */
  readonly readAt: number;
}

/** The known pages of a site. */
export class Catalog {
  #pages = new Map<string, CatalogPage>();
  readonly #max: number;
  /** When the sitemaps were read, in seconds since the epoch. */
  loadedAt = 0;
  /** Whether the pages come from a sitemap; otherwise the crawl follows links. */
  hasSitemap = false;
  /** The site's robots.txt when the sitemaps were read. */
  robots = "";

  /** @param max the most pages */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#pages.size;
  }

  has(path: string): boolean {
    return this.#pages.has(path);
  }

  get(path: string): CatalogPage | undefined {
    return this.#pages.get(path);
  }

  pages(): Iterable<CatalogPage> {
    return this.#pages.values();
  }

  /** Replaces the paths by those of a new sitemap, and removes all other pages. */
  async replace(paths: Iterable<string>): Promise<void> {
    const pages = new Map<string, CatalogPage>();
    for (const path of paths) {
      if (pages.size >= this.#max) break;
      pages.set(path, this.#pages.get(path) ?? { path, readAt: 0 });
      if (pages.size % A_TURN === 0) await nextTurn();
    }
    this.#pages = pages;
  }

  /** Adds a page; false if it is known, or the catalog is full. */
  add(path: string): boolean {
    if (this.#pages.has(path) || this.#pages.size >= this.#max) return false;
    this.#pages.set(path, { path, readAt: 0 });
    return true;
  }

  /** Stores the facts about a page; ignores pages that are not in the catalog. */
  update(page: CatalogPage): void {
    if (this.#pages.has(page.path)) this.#pages.set(page.path, page);
  }

  /** For the store: lines of JSON, the first about the site, each other one about some pages. */
  async toBytes(): Promise<Uint8Array<ArrayBuffer>> {
    const encoder = new TextEncoder();
    const { loadedAt, hasSitemap, robots } = this;
    const lines = [encoder.encode(JSON.stringify({ loadedAt, hasSitemap, robots }))];
    const pages = [...this.#pages.values()];
    for (let at = 0; at < pages.length; at += A_TURN) {
      await nextTurn();
      lines.push(encoder.encode(`\n${JSON.stringify(pages.slice(at, at + A_TURN))}`));
    }
    return concat(lines);
  }

  /** Parses the output of `toBytes`; undefined if it is malformed. */
  static async parse(content: Uint8Array, max: number): Promise<Catalog | undefined> {
    try {
      const catalog = new Catalog(max);
      for (let at = 0; at < content.length;) {
        const end = content.indexOf(LINE_FEED, at) + 1 || content.length;
        const line: unknown = JSON.parse(new TextDecoder().decode(content.subarray(at, end)));
        if (at === 0) {
          const { loadedAt, hasSitemap, robots } = line as Catalog;
          Object.assign(catalog, { loadedAt, hasSitemap, robots });
        } else {
          for (const page of line as CatalogPage[]) {
            if (page.path.startsWith("/") && catalog.size < max) {
              catalog.#pages.set(page.path, page);
            }
          }
        }
        at = end;
        await nextTurn();
      }
      return catalog;
    } catch {
      return undefined;
    }
  }
}
