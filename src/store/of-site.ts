import type { Store } from "./store.ts";

/**
 * The part of a store that belongs to one origin server, whose address it adds to every key of the
 * index and the ledger. Blobs have no site: their key is the hash of their bytes. Generations have
 * none either: a purge is for a public URL, and may invalidate too much but never too little.
 *
 * @param site the key of its origin servers; undefined if the origin is another handler of the same process
 */
export function storeOfSite(store: Store, site: string | undefined): Store {
  if (site === undefined) return store;
  const { index, ledger, blobs } = store;
  const mark = `@${site}`;
  const of = (key: string): string => key + mark;
  return {
    blobs,
    index: {
      get: (key) => index.get(of(key)),
      put: (key, value, ttl) => index.put(of(key), value, ttl),
    },
    ledger: {
      read: (group) => ledger.read(of(group)),
      change: (group, changes) => ledger.change(of(group), changes),
      claim: (group, key, ttl) => ledger.claim(of(group), key, ttl),
    },
  };
}
