import { BoundedCache } from "../memory/bounded-cache.ts";
import type { MemoryBudget } from "../memory/budget.ts";
import { memoryLedger } from "./memory-ledger.ts";
import type { Store } from "./store.ts";

/** Creates a store in the memory of one process. */
export function memoryStore({
  maxEntries = 10_000,
  memory,
  now,
}: {
  readonly maxEntries?: number;
  /** The memory budget. @default that of the process */
  readonly memory?: MemoryBudget;
  /** Seconds since the epoch. @default the process's own clock */
  readonly now?: () => number;
} = {}): Store {
  const shared = { name: "store", budget: memory, clock: now && (() => now() * 1000) };
  const blobs = new BoundedCache<Uint8Array<ArrayBuffer>>({
    ...shared,
    sizeOf: ({ byteLength }) => byteLength,
  });
  const index = new BoundedCache<string>({
    ...shared,
    max: maxEntries,
    sizeOf: ({ length }) => 2 * length,
  });
  return {
    blobs: {
      get: async (hash) => blobs.get(hash),
      async put(hash, content, ttl) {
        // The longer of the old and the new time counts.
        const left = blobs.remaining(hash);
        if (ttl > 0) blobs.set(hash, content, Math.max(ttl * 1000, left));
      },
      async delete(hash) {
        blobs.delete(hash);
      },
    },
    index: {
      get: async (key) => index.get(key),
      async put(key, value, ttl) {
        // In the cache, a time of 0 would mean for ever.
        if (ttl > 0) index.set(key, value, ttl * 1000);
        else index.delete(key);
      },
    },
    ledger: memoryLedger(now ?? (() => Date.now() / 1000), memory),
  };
}
