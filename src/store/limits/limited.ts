import { createLimit, type Limit } from "./limit.ts";
import type { ReplayStore } from "../replay.ts";
import type { Store } from "../store.ts";

/** Milliseconds: clients wait for reads, but not for writes. */
const READ_LIMIT = 1000;
const WRITE_LIMIT = 15_000;

/**
 * Wraps a store so that every operation ends in time; a late one rejects, and the next ones reject
 * at once for a while.
 *
 * @param now seconds since the epoch
 */
export function limitedStore(
  store: Store,
  now: () => number,
  { read = READ_LIMIT, write = WRITE_LIMIT } = {},
): Store {
  const limit = (): { readonly reads: Limit; readonly writes: Limit } => ({
    reads: createLimit(read, now),
    writes: createLimit(write, now),
  });
  const [ofBlobs, ofIndex, ofLedger] = [limit(), limit(), limit()];
  const { blobs, index, ledger } = store;
  return {
    blobs: {
      get: (hash) => ofBlobs.reads(() => blobs.get(hash)),
      put: (hash, content, ttl) => ofBlobs.writes(() => blobs.put(hash, content, ttl)),
      delete: (hash) => ofBlobs.writes(() => blobs.delete(hash)),
      touch: async (hash) => blobs.touch?.(hash),
    },
    index: {
      get: (key) => ofIndex.reads(() => index.get(key)),
      put: (key, value, ttl) => ofIndex.writes(() => index.put(key, value, ttl)),
    },
    ledger: {
      read: (group) => ofLedger.reads(() => ledger.read(group)),
      change: (group, changes) => ofLedger.writes(() => ledger.change(group, changes)),
      claim: (group, key, ttl) => ofLedger.reads(() => ledger.claim(group, key, ttl)),
    },
    close: () => store.close?.(),
  };
}

/** Wraps a replay store, for which requests wait, in the same way. */
export function limitedReplay(
  replay: ReplayStore,
  now: () => number,
  milliseconds = READ_LIMIT,
): ReplayStore {
  const limit = createLimit(milliseconds, now);
  return {
    seen: (key, until) => limit(() => replay.seen(key, until)),
    close: () => replay.close?.(),
  };
}
