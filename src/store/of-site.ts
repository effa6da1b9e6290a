import type { Store } from "./store.ts";

/**
 * The part of a store that belongs to one site. The origin server that a site comes from is part of
 * every key, here and nowhere else; the public origin is in the keys of the stages, which are of URLs.
 * Blobs have none: they are named by their own bytes, and only these keys lead to them.
 *
 * Generations are not in here: a purge is of a public URL, and may void too much but never too little.
 *
 * @param originServer its origin; undefined if the origin is another handler of the same process
 */
export function storeOfSite(store: Store, originServer: string | undefined): Store {
  if (originServer === undefined) return store;
  const { index, ledger, blobs } = store;
  const mark = `@${new URL(originServer).origin}`;
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
