import { AbsentKeys } from "../../memory/absent-keys.ts";
import { sha256, toHex } from "../../http/digest.ts";
import type { Store } from "../../store/store.ts";
import type { Build } from "./build.ts";
import { Catalog } from "./catalog.ts";
import { loadCatalog } from "./load.ts";
import type { ListedPage, Outline } from "./outline.ts";
import type { SiteOrigin } from "./site-origin.ts";
import { within } from "../../timing/timeout.ts";

/** Seconds for which a catalog is stored in the store. */
const STORED_FOR = 90 * 86_400;

/** Milliseconds after which loading counts as given up. */
const LOST_AFTER = 30_000;

/** Milliseconds that a request waits for sitemaps at most. */
const PATIENCE = 5000;

/** The pages that are listed, in one form of a site's documents. */
export interface Listing {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly pages: readonly ListedPage[];
  /** Undefined until a list is requested. */
  outline?: Outline;
}

/** The known pages of one site, in memory and in the store. */
export class Site {
  catalog: Catalog | undefined;
  /** The llms-full.txt that is being made; one at a time. */
  build: Build | undefined;
  /** Paths of documents that the origin has none of its own for. */
  readonly absent = new AbsentKeys({ max: 1000 });
  /** The last listing, for requests close to each other. */
  listing: Listing | undefined;
  /** Until when a request that goes through all pages is not given up, in milliseconds since the epoch. */
  listedUntil = 0;
  #refreshingUntil = 0;
  #loading: { readonly work: Promise<void>; readonly since: number } | undefined;
  readonly name: string;
  readonly #key: string;
  readonly #store: Store;

  /** Bytes of what is in memory, about: grows with the catalog. */
  get bytes(): number {
    return 1024 + (this.catalog?.size ?? 0) * 600;
  }

  /** Whether a request goes through all pages now; others wait for it. */
  get isBeingListed(): boolean {
    return Date.now() < this.listedUntil;
  }

  constructor(name: string, store: Store) {
    this.name = name;
    this.#key = `documents/${name}`;
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
    if (this.catalog === undefined) {
      const loading = this.#loadOnce(origin, options);
      options.background(loading);
      // Loading that fails leaves nothing to list, and is tried again.
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

  /** One load for all requests that wait, from the store if it has the catalog. */
  #loadOnce(origin: SiteOrigin, options: Parameters<Site["ready"]>[1]): Promise<void> {
    const loading = this.#loading;
    // On Workers work ends with the request that it was begun for, without a word.
    if (loading !== undefined && Date.now() - loading.since < LOST_AFTER) return loading.work;
    const work = (async () => {
      // A store that fails keeps nothing: the sitemaps are read anew.
      const restored = await this.#restore(options.maxPages).catch(() => undefined);
      if (restored === undefined) {
        await this.#load(new Catalog(options.maxPages), origin, options);
      } else this.catalog ??= restored;
    })().finally(() => (this.#loading = undefined));
    this.#loading = { work, since: Date.now() };
    return work;
  }

  /** Puts the catalog into the store. */
  async save(): Promise<void> {
    if (this.catalog === undefined) return;
    const content = new TextEncoder().encode(this.catalog.toJSON());
    const hash = toHex(await sha256(content));
    await this.#store.blobs.put(hash, content, STORED_FOR);
    await this.#store.index.put(this.#key, hash, STORED_FOR);
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
    this.listing = undefined;
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
