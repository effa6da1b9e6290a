import { LRUCache } from "lru-cache";
import { sha256, toHex } from "../../http/digest.ts";
import type { Store } from "../../store/store.ts";

/** Where a dictionary counts: its origin, and the pattern of the responses that share it. */
export interface DictionaryScope {
  readonly origin: string;
  readonly match: string;
}

/** The dictionaries that are kept, found by the hash of their bytes within their scope only. */
export interface Dictionaries {
  /** The bytes of a dictionary, checked against the hash; undefined where it is not held. */
  find(scope: DictionaryScope, hash: Uint8Array): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Keeps a response's decoded bytes for `ttl` seconds. */
  keep(scope: DictionaryScope, content: Uint8Array<ArrayBuffer>, ttl: number): Promise<void>;
}

/** Bytes of dictionaries held in memory in front of the store. */
const HELD_BYTES = 16 * 1024 * 1024;

/** Milliseconds after which a version that is still seen is written again. */
const REWRITE_AFTER = 3_600_000;

/** Keeps dictionaries in a store: content by hash, and an index entry per scope that may use it. */
export function storedDictionaries(store: Store): Dictionaries {
  const held = new LRUCache<string, Uint8Array<ArrayBuffer>>({
    maxSize: HELD_BYTES,
    sizeCalculation: (content) => Math.max(1, content.byteLength),
  });
  // Each version is written anew now and then: so it lives on as long as it is seen, and comes back
  // where the store has let it go.
  const written = new LRUCache<string, true>({ max: 2000, ttl: REWRITE_AFTER });
  return {
    async find(scope, hash) {
      const name = toHex(hash);
      const key = await indexKey(scope, name);
      const recent = held.get(key);
      if (recent !== undefined) return recent;
      if ((await store.index.get(key)) === undefined) return undefined;
      const content = await store.blobs.get(name);
      // A store may be torn: bytes that do not hash to their name are no dictionary.
      if (content === undefined || toHex(await sha256(content)) !== name) return undefined;
      held.set(key, content);
      return content;
    },

    async keep(scope, content, ttl) {
      const name = toHex(await sha256(content));
      const key = await indexKey(scope, name);
      held.set(key, content);
      if (written.has(key)) return;
      await store.blobs.put(name, content, ttl);
      await store.index.put(key, JSON.stringify({ size: content.length }), ttl);
      written.set(key, true);
    },
  };
}

/** Bounded in length whatever the pattern (KV keys have at most 512 bytes). */
async function indexKey({ origin, match }: DictionaryScope, name: string): Promise<string> {
  const scope = await sha256(new TextEncoder().encode(`${origin}\n${match}`));
  return `dictionary/${toHex(scope).slice(0, 32)}/${name}`;
}
