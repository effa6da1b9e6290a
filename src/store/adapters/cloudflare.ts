import type { KVNamespace, R2Bucket } from "@cloudflare/workers-types";
import { indexLedger } from "../index-ledger.ts";
import type { BlobStore, IndexStore, LedgerStore, Store } from "../store.ts";
import { wholeSeconds } from "../whole-seconds.ts";

/** The shortest time to live that KV accepts, in seconds. */
const MIN_KV_TTL = 60;
/** The longest key that KV accepts, in bytes. */
const MAX_KV_KEY = 512;
/** Milliseconds after which `put` writes a blob again: a lifecycle rule may delete by age. */
const REWRITE_AFTER = 86_400_000;

/** The bindings of a Worker. */
export interface CloudflareBindings {
  readonly blobs: R2Bucket;
  readonly index: KVNamespace;
  /** @default records in KV, where concurrent writes may be lost and claims are best effort */
  readonly ledger?: LedgerStore | undefined;
}

/**
 * Creates the store of the Workers runtime: R2 for content, KV for the index (one write a second
 * for each key, up to a minute to propagate), Durable Objects for the ledger. A lifecycle rule of
 * the bucket deletes blobs by age; a blob in use is written again once a day.
 */
export function cloudflareStore({ blobs, index, ledger }: CloudflareBindings): Store {
  const entries = kvIndex(index);
  return { blobs: r2Blobs(blobs), index: entries, ledger: ledger ?? indexLedger(entries) };
}

function r2Blobs(bucket: R2Bucket): BlobStore {
  return {
    async get(hash) {
      const object = await bucket.get(hash);
      return object === null ? undefined : new Uint8Array(await object.arrayBuffer());
    },
    async put(hash, content, ttl) {
      if (wholeSeconds(ttl) === 0) return;
      const known = await bucket.head(hash);
      const isStored = known !== null && known.size === content.byteLength;
      if (isStored && Date.now() - known.uploaded.getTime() < REWRITE_AFTER) return;
      await bucket.put(hash, content);
    },
    async delete(hash) {
      await bucket.delete(hash);
    },
  };
}

/** Creates an index in KV. */
export function kvIndex(namespace: KVNamespace): IndexStore {
  return {
    get: async (key) => (await namespace.get(await kvKey(key))) ?? undefined,
    async put(key, value, ttl) {
      const name = await kvKey(key);
      const life = wholeSeconds(ttl);
      if (life === 0) return namespace.delete(name);
      return namespace.put(name, value, { expirationTtl: Math.max(MIN_KV_TTL, life) });
    },
  };
}

/** The key itself if KV accepts it, else its digest. */
async function kvKey(key: string): Promise<string> {
  const bytes = new TextEncoder().encode(key);
  if (/^[\w/.:-]*\w[\w/.:-]*$/.test(key) && bytes.length <= MAX_KV_KEY) return key;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha-256/${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
