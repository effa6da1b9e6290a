import type { BlobCache } from "./blob-cache.ts";
import type { Entries } from "./entries.ts";
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
  /** Larger content is not stored, in bytes. */
  readonly maxBytes: number;
  /** Whether stored content has the bytes of its content coding, so that parts of it can be sent. */
  readonly hasCodedBytes: boolean;
}

/** What the cache needs to know of one exchange. */
export interface CacheContext<Response extends CacheResponse> {
  readonly settings: CacheSettings;
  /** Looks up and stores, and yet sends each request to the origin server. */
  readonly observes: boolean;
  /** The key of a target, in origin-form, on this site. */
  keyOf(target: string): string | Promise<string>;
  /**
   * The target in origin-form of a URL reference on this site; undefined if it is on another site.
   */
  targetOf(reference: string): string | undefined;
  /** Sends a request to the origin server for this client. */
  origin(request: CacheRequest): Promise<Response>;
  /**
   * Sends a request to the origin server after the client has its response; absent if the runtime
   * can't.
   */
  readonly later?: ((request: CacheRequest) => Promise<Response>) | undefined;
  background(work: Promise<unknown>): void;
  onOutcome(outcome: CacheOutcome): void;
  /** The client's network; what its requests write to the store counts against its budget. */
  readonly network?: string | undefined;
}

/** A request that goes to the origin server. */
export interface Wanted {
  readonly key: string;
  /** Requests for the key within the hour, this one included; undefined if that is not known yet. */
  readonly seen: number | undefined;
  readonly request: CacheRequest;
  readonly stored?: StoredHead | undefined;
  /** Ends the flight that others wait for. */
  readonly land?: (() => void) | undefined;
}
