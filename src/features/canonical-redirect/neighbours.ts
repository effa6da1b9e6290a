import { mayBePage } from "../../http/asset-path.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import { linksOf } from "./page-links.ts";

/** The pages that are looked at for one target. */
const MOST = 3;
/** Seconds for which the result is valid. */
const VALID_FOR = 600;

/** The evidence of the pages that a target links to. */
interface Neighbourhood {
  /** Seconds since the epoch. */
  readonly at: number;
  /** Whether most of them name the target, too, although they are unlike it. */
  readonly isShared: boolean;
}

/** Known neighbourhoods of targets. */
export class Neighbourhoods {
  readonly #known = new BoundedCache<Neighbourhood>({ name: "canonicals", max: 4096 });
  readonly #now: () => number;

  /** @param now seconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Undefined if it is not known. @param key of the target */
  isShared(key: string): boolean | undefined {
    const found = this.#known.get(key);
    return found !== undefined && this.#now() - found.at < VALID_FOR ? found.isShared : undefined;
  }

  /** @param pages the pages that were read: whether each names the target, and is unlike it */
  learn(key: string, pages: readonly boolean[], share: number): void {
    const naming = pages.filter(Boolean).length;
    const isShared = naming >= 2 && naming / pages.length > share;
    this.#known.set(key, { at: this.#now(), isShared });
  }
}

/** Addresses of other pages of the site to which a page links, in its order. */
export function neighboursIn(html: string, page: URL): URL[] {
  const found = new Map<string, URL>();
  for (const link of linksOf(html, page.href, false)) {
    const url = new URL(link);
    if (url.pathname === page.pathname || !mayBePage(url.pathname, undefined)) continue;
    url.search = "";
    found.set(url.pathname, url);
    if (found.size >= MOST) break;
  }
  return [...found.values()];
}
