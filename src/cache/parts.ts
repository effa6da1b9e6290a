import type { Awaitable } from "../timing/and-then.ts";
import type { BlobCache } from "./blob-cache.ts";
import type { Entries } from "./entries.ts";
import type { Land } from "./flights.ts";
import type { SharedFlights } from "./shared-flights.ts";
import type { CacheRequest, CacheResponse, Revive } from "./message.ts";
import type { CacheOutcome } from "./outcome.ts";
import type { CacheSettings } from "./policy.ts";
import type { StoredHead } from "./stored.ts";

/** The parts from which the cache is made. */
export interface CacheParts<Response extends CacheResponse> {
  readonly entries: Entries;
  readonly blobs: BlobCache;
  readonly revive: Revive<Response>;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** The most bytes of content that the cache stores. */
  readonly maxBytes: number;
  /** Whether content is stored in its content coding, so that the cache can send parts of it. */
  readonly hasCodedBytes: boolean;
  /** The flights of all processes. @default this is the only process */
  readonly shared?: SharedFlights | undefined;
}

/** The facts and functions of one exchange that the cache needs. */
export interface CacheContext<Response extends CacheResponse> {
  readonly settings: CacheSettings;
  /** Whether the cache stores, but still sends each request to the origin server. */
  readonly observes: boolean;
  /** The key of a target, in origin-form, on this site. */
  keyOf(target: string): Awaitable<string>;
  /** The origin-form target of a URL reference; undefined if it is on another site. */
  targetOf(reference: string): string | undefined;
  /** Sends a request to the origin server for this client. */
  origin(request: CacheRequest): Awaitable<Response>;
  /** Sends a request to the origin server in the background; absent if the runtime can't. */
  readonly later?: ((request: CacheRequest) => Awaitable<Response>) | undefined;
  /** Whether the operator wants the response to be stored at its first request. @default false */
  readonly isWanted?: boolean;
  background(work: Promise<unknown>): void;
  onOutcome(outcome: CacheOutcome): void;
  /** The client's network; what its requests write to the store counts against its budget. */
  readonly network?: string | undefined;
}

/** A request that goes to the origin server. */
export interface Wanted {
  readonly key: string;
  /** Requests for the key within the hour, with this one; undefined if unknown. */
  readonly seen: number | undefined;
  readonly request: CacheRequest;
  /** The client's request, if `request` lacks its conditions. */
  readonly asked?: CacheRequest;
  readonly stored?: StoredHead | undefined;
  /** Ends this flight, if others may wait for it. */
  readonly land?: Land | undefined;
  /** Ends the flight for other processes, which read the store. */
  readonly settle?: (() => void) | undefined;
}

/** A request that went to the origin server, and its response. */
export interface Fetched<Response> extends Wanted {
  readonly response: Response;
  /** The conditional request that was sent for the stored response, if there is one. */
  readonly confirming: CacheRequest | undefined;
  /** Seconds since the epoch. */
  readonly requestedAt: number;
}

/** The context for a background request: it does not record an outcome. */
export function quietly<Response extends CacheResponse>(
  context: CacheContext<Response>,
  origin: CacheContext<Response>["origin"],
): CacheContext<Response> {
  const { settings, observes } = context;
  return {
    settings,
    observes,
    keyOf: (target) => context.keyOf(target),
    targetOf: (reference) => context.targetOf(reference),
    origin,
    background: (work) => context.background(work),
    onOutcome: () => {},
  };
}
