import { LRUCache } from "lru-cache";
import { memoryLedger } from "./memory-ledger.ts";
import type { Store } from "./store.ts";

/** A store in the memory of one process: for tests, for the middleware, and in front of others. */
export function memoryStore({
  maxBytes = 64 * 1024 * 1024,
  maxEntries = 10_000,
  now,
}: {
  readonly maxBytes?: number;
  readonly maxEntries?: number;
  /** Seconds since the epoch. @default the process's own clock */
  readonly now?: () => number;
} = {}): Store {
  const clock = now === undefined ? {} : { perf: { now: () => now() * 1000 }, ttlResolution: 0 };
  const blobs = new LRUCache<string, Uint8Array<ArrayBuffer>>({
    ...clock,
    maxSize: maxBytes,
    sizeCalculation: (content) => Math.max(1, content.byteLength),
  });
  const index = new LRUCache<string, string>({ ...clock, max: maxEntries });
  return {
    blobs: {
      get: async (hash) => blobs.get(hash),
      async put(hash, content, ttl) {
        // Wanted twice: for the longer of the two times.
        const left = blobs.getRemainingTTL(hash);
        if (ttl > 0) blobs.set(hash, content, { ttl: Math.max(ttl * 1000, left) });
      },
      async delete(hash) {
        blobs.delete(hash);
      },
    },
    index: {
      get: async (key) => index.get(key),
      async put(key, value, ttl) {
        // To the cache, no time would mean for ever.
        if (ttl > 0) index.set(key, value, { ttl: ttl * 1000 });
        else index.delete(key);
      },
    },
    ledger: memoryLedger(now ?? (() => Date.now() / 1000)),
  };
}
