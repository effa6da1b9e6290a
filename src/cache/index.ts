/** A shared cache in front of an origin server (RFC 9111), for any runtime: `wayleave/cache`. */
export { ResponseCache } from "./cache.ts";
export { BlobCache } from "./blob-cache.ts";
export { Entries } from "./entries.ts";
export type { CacheRequest, CacheResponse, Revive, RevivedParts, StorableBody } from "./message.ts";
export { formatCacheStatus, type CacheOutcome } from "./outcome.ts";
export type { CacheContext, CacheParts } from "./parts.ts";
export { readSettings, type CacheSettings } from "./policy.ts";
