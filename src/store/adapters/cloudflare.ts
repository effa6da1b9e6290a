import type { KVNamespace, R2Bucket } from "@cloudflare/workers-types";
import { indexLedger } from "../index-ledger.ts";
import type { BlobStore, IndexStore, LedgerStore, Store } from "../store.ts";
import { wholeSeconds } from "../whole-seconds.ts";

/** KV refuses shorter lives. */
const MIN_KV_TTL = 60;
/** KV refuses longer keys, in bytes. */
const MAX_KV_KEY = 512;
/** Milliseconds after which a blob that is put again is written again, so that it stays young. */
const REWRITE_AFTER = 86_400_000;

/** What a Worker is bound to. */
export interface CloudflareBindings {
  readonly blobs: R2Bucket;
  readonly index: KVNamespace;
  /** @default records in KV, where writes at the same time may be lost and claims are best effort */
  readonly ledger?: LedgerStore | undefined;
}

/**
 * The store of the Workers runtime: R2 for content, KV for the index (one write a second per key, up
 * to a minute to spread), Durable Objects for the ledger. Expiry of blobs is a lifecycle rule of the
 * bucket, by age: a blob that is still put is written anew once a day.
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

/** An index in KV by itself. */
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

/** The key itself where KV takes it, else its digest. */
async function kvKey(key: string): Promise<string> {
  const bytes = new TextEncoder().encode(key);
  if (/^[\w/.:-]*\w[\w/.:-]*$/.test(key) && bytes.length <= MAX_KV_KEY) return key;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha-256/${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
