/** The known facts about one page of the site. */
export interface CatalogPage {
  readonly path: string;
  /** Undefined until the page is read. */
  readonly title?: string;
  readonly description?: string;
  readonly words?: number;
  /** Path and query of the page's canonical. */
  readonly canonical?: string;
  /** Whether the page was read and must not be listed: gone, moved, not HTML, or noindex. */
  readonly isOut?: true;
  /** Seconds since the epoch; 0 until the page is read. */
  readonly readAt: number;
}

/** The known pages of a site. */
export class Catalog {
  readonly #pages = new Map<string, CatalogPage>();
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
  replace(paths: Iterable<string>): void {
    const before = new Map(this.#pages);
    this.#pages.clear();
    for (const path of paths) {
      if (this.#pages.size >= this.#max) break;
      this.#pages.set(path, before.get(path) ?? { path, readAt: 0 });
    }
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

  toJSON(): string {
    const { loadedAt, hasSitemap, robots } = this;
    return JSON.stringify({ loadedAt, hasSitemap, robots, pages: [...this.#pages.values()] });
  }

  /** Parses the output of `toJSON`; undefined if it is malformed. */
  static parse(text: string, max: number): Catalog | undefined {
    try {
      const stored = JSON.parse(text) as {
        loadedAt: number;
        hasSitemap: boolean;
        robots: string;
        pages: CatalogPage[];
      };
      const catalog = new Catalog(max);
      catalog.loadedAt = stored.loadedAt;
      catalog.hasSitemap = stored.hasSitemap;
      catalog.robots = stored.robots;
      for (const page of stored.pages.slice(0, max)) {
        if (page.path.startsWith("/")) catalog.#pages.set(page.path, page);
      }
      return catalog;
    } catch {
      return undefined;
    }
  }
}
