/** One page of the site, as far as it is known. */
export interface CatalogPage {
  readonly path: string;
  /** Undefined until the page was read. */
  readonly title?: string;
  readonly description?: string;
  readonly words?: number;
  /** Path and query of the canonical that the page names. */
  readonly canonical?: string;
  /** The page was read, and is not to be listed: gone, moved, not HTML, or hidden by itself. */
  readonly isOut?: true;
  /** Seconds since the epoch; 0 if the page was not read. */
  readonly readAt: number;
}

/** Everything known about a site's pages. */
export class Catalog {
  readonly #pages = new Map<string, CatalogPage>();
  readonly #max: number;
  /** When the sitemaps were read, in seconds since the epoch. */
  loadedAt = 0;
  /** Whether the pages are those of a sitemap; otherwise links are followed. */
  hasSitemap = false;
  /** The robots.txt of that time. */
  robots = "";

  /** @param max pages that are cached at most */
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

  /** Replaces the paths by those of a new sitemap; pages that it no longer names are removed. */
  replace(paths: Iterable<string>): void {
    const before = new Map(this.#pages);
    this.#pages.clear();
    for (const path of paths) {
      if (this.#pages.size >= this.#max) break;
      this.#pages.set(path, before.get(path) ?? { path, readAt: 0 });
    }
  }

  /** Adds a page; false if it is known, or one too many. */
  add(path: string): boolean {
    if (this.#pages.has(path) || this.#pages.size >= this.#max) return false;
    this.#pages.set(path, { path, readAt: 0 });
    return true;
  }

  /**
   * Stores the facts that were read from a page; pages that are not in the catalog stay out of it.
   */
  update(page: CatalogPage): void {
    if (this.#pages.has(page.path)) this.#pages.set(page.path, page);
  }

  toJSON(): string {
    const { loadedAt, hasSitemap, robots } = this;
    return JSON.stringify({ loadedAt, hasSitemap, robots, pages: [...this.#pages.values()] });
  }

  /** Reads what `toJSON` wrote; undefined if it is something else. */
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
