import type { Store } from "./store.ts";

/** Thrown where a store did not answer in time, or has not lately. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** What a store is held to. */
export interface StoreBounds {
  /** Milliseconds that reading may take; writing, for which nobody waits, ten times that. @default 1000 */
  readonly timeout?: number;
  /** Milliseconds for which a store that was too late several times is not asked. @default 5000 */
  readonly rest?: number;
  /** Milliseconds, from any start. @default the process's own clock */
  readonly clock?: () => number;
}

/** Times that writing may take longer than reading. */
const WRITE = 10;

/** Late answers in a row after which a store is left alone for a while. */
const MOST_LATE = 3;

/**
 * A store whose operations always end soon: one that hangs rejects instead, and is not asked at all
 * for a while, so that no request waits for it. What throws rejects.
 */
export function boundedStore(store: Store, bounds: StoreBounds = {}): Store {
  const { timeout = 1000, rest = 5000, clock = () => performance.now() } = bounds;
  let late = 0;
  let restsUntil = -Infinity;

  async function within<T>(operation: () => Promise<T>, limit = timeout): Promise<T> {
    if (clock() < restsUntil) throw new StoreUnavailable("the store rests");
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        late += 1;
        if (late >= MOST_LATE) restsUntil = clock() + rest;
        reject(new StoreUnavailable("the store did not answer in time"));
      }, limit);
    });
    try {
      const result = await Promise.race([operation(), tooLate]);
      late = 0;
      return result;
    } finally {
      clearTimeout(timer);
    }
  }

  const { blobs, index, ledger } = store;
  return {
    blobs: {
      get: (hash) => within(() => blobs.get(hash)),
      put: (hash, content, ttl) => within(() => blobs.put(hash, content, ttl), WRITE * timeout),
      delete: (hash) => within(() => blobs.delete(hash), WRITE * timeout),
    },
    index: {
      get: (key) => within(() => index.get(key)),
      put: (key, value, ttl) => within(() => index.put(key, value, ttl), WRITE * timeout),
    },
    ledger: {
      read: (group) => within(() => ledger.read(group)),
      change: (group, changes) => within(() => ledger.change(group, changes), WRITE * timeout),
      claim: (group, key, ttl) => within(() => ledger.claim(group, key, ttl)),
    },
    close: () => store.close?.(),
  };
}
