import { sha256, toHex } from "../../http/digest.ts";
import type { Store } from "../../store/store.ts";
import { Catalog } from "./catalog.ts";
import { loadCatalog } from "./load.ts";
import type { Outline } from "./outline.ts";
import type { SiteOrigin } from "./site-origin.ts";

/** Seconds for which a catalog is kept in the store. */
const KEPT_FOR = 90 * 86_400;

/** Milliseconds that a request waits for sitemaps at most. */
const PATIENCE = 5000;

/** What is known of one site, in memory and in the store. */
export class Site {
  catalog: Catalog | undefined;
  /** Until when (milliseconds) somebody reads the site's pages. */
  crawlingUntil = 0;
  /** The last outline, for requests close to each other. */
  outlined: { readonly key: string; readonly at: number; readonly outline: Outline } | undefined;
  #refreshingUntil = 0;
  readonly #key: string;
  readonly #store: Store;

  constructor(name: string, store: Store) {
    this.#key = `discovery/${name}`;
    this.#store = store;
  }

  /**
   * The catalog, from memory, from the store, or else from the sitemaps; what is older than
   * `refresh` seconds is read anew in the background.
   */
  async ready(
    origin: SiteOrigin,
    options: {
      readonly sitemaps: readonly string[] | undefined;
      readonly known: ReadonlySet<string>;
      readonly maxPages: number;
      readonly refresh: number;
      readonly now: number;
      background(work: Promise<unknown>): void;
    },
  ): Promise<Catalog> {
    // A store that fails keeps nothing: the sitemaps are read anew.
    this.catalog ??= await this.#restore(options.maxPages).catch(() => undefined);
    if (this.catalog === undefined) {
      const catalog = new Catalog(options.maxPages);
      const loading = this.#load(catalog, origin, options);
      options.background(loading);
      await Promise.race([loading, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
      return this.catalog ?? catalog;
    }
    const isOld = options.now - this.catalog.loadedAt >= options.refresh;
    if (isOld && Date.now() > this.#refreshingUntil) {
      this.#refreshingUntil = Date.now() + 60_000;
      options.background(this.#load(this.catalog, origin, options));
    }
    return this.catalog;
  }

  /** Puts the catalog into the store. */
  async save(): Promise<void> {
    if (this.catalog === undefined) return;
    const content = new TextEncoder().encode(this.catalog.toJSON());
    const hash = toHex(await sha256(content));
    await this.#store.blobs.put(hash, content, KEPT_FOR);
    await this.#store.index.put(this.#key, hash, KEPT_FOR);
  }

  async #load(
    catalog: Catalog,
    origin: SiteOrigin,
    options: Parameters<typeof loadCatalog>[2] & {
      background(work: Promise<unknown>): void;
    },
  ): Promise<void> {
    await loadCatalog(catalog, origin, options);
    this.catalog = catalog;
    this.outlined = undefined;
    // Nobody waits for the store.
    options.background(this.save());
  }

  async #restore(maxPages: number): Promise<Catalog | undefined> {
    const hash = await this.#store.index.get(this.#key);
    const content = hash === undefined ? undefined : await this.#store.blobs.get(hash);
    if (content === undefined || toHex(await sha256(content)) !== hash) return undefined;
    return Catalog.parse(new TextDecoder().decode(content), maxPages);
  }
}
