import { AbsentKeys } from "../../memory/absent-keys.ts";
import { hashedKey, sha256, toHex } from "../../http/digest.ts";
import type { Store } from "../../store/store.ts";
import type { Build } from "./build.ts";
import { Catalog } from "./catalog.ts";
import { loadCatalog } from "./load.ts";
import type { ListedPage, Outline } from "./outline.ts";
import { OfAllPages } from "./of-all-pages.ts";
import { sizeOfSitemap, type MadeSitemap } from "./sitemap.ts";
import type { SiteOrigin } from "./site-origin.ts";
import { within } from "../../timing/timeout.ts";

/** Seconds for which the store has a catalog. */
const STORED_FOR = 90 * 86_400;

/** Milliseconds after which loading counts as abandoned. */
const LOST_AFTER = 30_000;

/** The longest wait of a request for sitemaps, in milliseconds. */
const PATIENCE = 5000;

/** The listed pages of a site, for one host and set of options. */
export interface Listing {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly pages: readonly ListedPage[];
  readonly outline: Outline;
}

type LoadOptions = Parameters<typeof loadCatalog>[2] & {
  background(work: Promise<unknown>): void;
};

/** The known pages of one site, in memory and in the store. */
export class Site {
  catalog: Catalog | undefined;
  /** The llms-full.txt in progress; one at a time. */
  build: Build | undefined;
  /** Paths of documents that the origin server does not have. */
  readonly absent = new AbsentKeys({ max: 1000 });
  /** The latest listings, by host and options. */
  readonly listings = new OfAllPages<Listing>(({ pages }) => pages.length * 600);
  /** The latest sitemaps, by host and options. */
  readonly sitemaps = new OfAllPages<MadeSitemap>(sizeOfSitemap);
  #refreshingUntil = 0;
  #loading: { readonly work: Promise<void>; readonly since: number } | undefined;
  readonly name: string;
  readonly #store: Store;

  /** The approximate bytes in memory, which grow with the catalog. */
  get bytes(): number {
    return 1024 + (this.catalog?.size ?? 0) * 600;
  }

  constructor(name: string, store: Store) {
    this.name = name;
    this.#store = store;
  }

  /** Loads the catalog from memory, store or sitemaps; refreshes an old one in the background. */
  async ready(
    origin: SiteOrigin,
    options: LoadOptions & { readonly refresh: number },
  ): Promise<Catalog> {
    if (this.catalog === undefined) {
      const loading = this.#loadOnce(origin, options);
      options.background(loading);
      // If loading fails, nothing is listed, and the next request tries again.
      await within(PATIENCE, loading, () => {}).catch(() => {});
      return this.catalog ?? new Catalog(options.maxPages);
    }
    const isOld = options.now - this.catalog.loadedAt >= options.refresh;
    if (isOld && Date.now() > this.#refreshingUntil) {
      this.#refreshingUntil = Date.now() + 60_000;
      options.background(this.#load(this.catalog, origin, options));
    }
    return this.catalog;
  }

  /** Loads once for all waiting requests, from the store if it has the catalog. */
  #loadOnce(origin: SiteOrigin, options: LoadOptions): Promise<void> {
    const loading = this.#loading;
    // On Workers, work ends without notice with the request that began it.
    if (loading !== undefined && Date.now() - loading.since < LOST_AFTER) return loading.work;
    const work = (async () => {
      // A store that fails counts as empty: the sitemaps are read again.
      const restored = await this.#restore(options.maxPages).catch(() => undefined);
      if (restored === undefined) {
        await this.#load(new Catalog(options.maxPages), origin, options);
      } else this.catalog ??= restored;
    })().finally(() => (this.#loading = undefined));
    this.#loading = { work, since: Date.now() };
    return work;
  }

  /** Stores the catalog. */
  async save(): Promise<void> {
    if (this.catalog === undefined) return;
    const content = await this.catalog.toBytes();
    const hash = toHex(await sha256(content));
    await this.#store.blobs.put(hash, content, STORED_FOR);
    await this.#store.index.put(await hashedKey("catalog", this.name), hash, STORED_FOR);
  }

  async #load(catalog: Catalog, origin: SiteOrigin, options: LoadOptions): Promise<void> {
    await loadCatalog(catalog, origin, options);
    this.catalog = catalog;
    this.listings.clear();
    this.sitemaps.clear();
    // The request does not wait for the store.
    options.background(this.save());
  }

  async #restore(maxPages: number): Promise<Catalog | undefined> {
    const hash = await this.#store.index.get(await hashedKey("catalog", this.name));
    const content = hash === undefined ? undefined : await this.#store.blobs.get(hash);
    if (content === undefined || toHex(await sha256(content)) !== hash) return undefined;
    return Catalog.parse(content, maxPages);
  }
}
