import type { KVNamespace, R2Bucket } from "@cloudflare/workers-types";
import { indexLedger } from "./index-ledger.ts";
import type { IndexStore, Store } from "./store.ts";

/** KV refuses shorter lives. */
const MIN_KV_TTL = 60;

/** An index in KV by itself. */
export function kvIndex(kv: KVNamespace): IndexStore {
  return {
    get: async (key) => (await kv.get(key)) ?? undefined,
    put: (key, value, ttl) => kv.put(key, value, { expirationTtl: Math.max(MIN_KV_TTL, ttl) }),
  };
}

/**
 * The store of the Workers runtime: R2 for content, KV for the index (one write a second per key, up
 * to a minute to spread). Expiry of blobs is a lifecycle rule of the bucket.
 */
export function cloudflareStore(bindings: {
  readonly blobs: R2Bucket;
  readonly index: KVNamespace;
}): Store {
  const index = kvIndex(bindings.index);
  return {
    blobs: {
      async get(hash) {
        const object = await bindings.blobs.get(hash);
        return object === null ? undefined : new Uint8Array(await object.arrayBuffer());
      },
      async put(hash, content) {
        await bindings.blobs.put(hash, content);
      },
      async delete(hash) {
        await bindings.blobs.delete(hash);
      },
    },
    index,
    ledger: indexLedger(index),
  };
}
