import { LRUCache } from "lru-cache";
import type { Store } from "./store.ts";

/** A store in the memory of one process: for tests, for the middleware, and in front of others. */
export function memoryStore({
  maxBytes = 64 * 1024 * 1024,
  maxEntries = 10_000,
}: { readonly maxBytes?: number; readonly maxEntries?: number } = {}): Store {
  const blobs = new LRUCache<string, Uint8Array<ArrayBuffer>>({
    maxSize: maxBytes,
    sizeCalculation: (content) => Math.max(1, content.byteLength),
  });
  const index = new LRUCache<string, string>({ max: maxEntries });
  return {
    blobs: {
      get: async (hash) => blobs.get(hash),
      put: async (hash, content, ttl) => void blobs.set(hash, content, { ttl: ttl * 1000 }),
    },
    index: {
      get: async (key) => index.get(key),
      put: async (key, value, ttl) => void index.set(key, value, { ttl: ttl * 1000 }),
    },
  };
}
