import { BlobCache } from "../cache/blob-cache.ts";
import { ResponseCache } from "../cache/cache.ts";
import { Entries } from "../cache/entries.ts";
import type { SharedFlights } from "../cache/shared-flights.ts";
import type { Revive } from "../cache/message.ts";
import { canonicalUrl } from "../http/target.ts";
import { andThen } from "../timing/and-then.ts";
import type { SiteCache } from "./cached-origin.ts";
import { originOf, type OriginResponse, type OwnOriginClient } from "./exchange.ts";
import type { Generations, Store } from "../store/store.ts";

/** The parts from which the cache of a site is made. */
export interface SiteCacheOptions {
  /** The origin server's part of the store. */
  readonly store: Store;
  readonly generations: Generations;
  readonly revive: Revive<OriginResponse>;
  /** Whether content is stored in its content coding. */
  readonly hasCodedBytes: boolean;
  readonly askOrigin?: OwnOriginClient | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly onFault: (error: unknown) => void;
  readonly networkOf: SiteCache["networkOf"];
  /** The flights of all processes. @default this is the only process */
  readonly flights?: SharedFlights | undefined;
  /** The cache of the same origin server under the previous rules; its stored responses remain. */
  readonly before?: SiteCache | undefined;
}

/** The most bytes of content that the cache stores. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Creates the cache of a site. */
export function createSiteCache(options: SiteCacheOptions): SiteCache {
  const { store, generations, hasCodedBytes, now, onFault } = options;
  const revive: Revive<OriginResponse> = (parts) => {
    const response = options.revive(parts);
    if (response.body !== null && parts.content !== null) {
      response.body.stored = parts.content.length;
    }
    return response;
  };
  const responses =
    options.before?.responses ??
    new ResponseCache({
      entries: new Entries(store.index, now, onFault, options.flights !== undefined),
      blobs: new BlobCache(store.blobs, onFault),
      revive,
      now,
      maxBytes: MOST_BYTES,
      hasCodedBytes,
      shared: options.flights,
    });
  return {
    responses,
    later: options.askOrigin,
    networkOf: options.networkOf,
    keyOf(exchange, target) {
      const origin = originOf(exchange);
      const generation = generations.of({ url: canonicalUrl(origin, target) });
      return andThen(generation, (known) => `${known}\n${origin}${target}`);
    },
  };
}
