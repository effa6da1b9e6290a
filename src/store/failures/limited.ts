import { within } from "../../timing/timeout.ts";
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

/** Runs an operation with a time limit; rejects at once during a rest. */
export type Limit = <T>(operation: () => Promise<T>) => Promise<T>;

/** An operation, or one just before it, took too long. */
class StoreLate extends Error {
  override readonly name = "StoreLate";
}

/** Seconds of rest: after the first late operation, doubled by each further one, and at most. */
const FIRST_REST = 2;
const LONGEST_REST = 30;

/**
 * Creates a time limit for operations. After a late operation, further ones reject at once during a
 * rest; then one operation is tried while the others still reject.
 *
 * @param milliseconds that an operation may take
 * @param now seconds since the epoch
 */
export function createLimit(milliseconds: number, now: () => number): Limit {
  let rest = FIRST_REST;
  let restUntil = -Infinity;
  const late = (): never => {
    throw new StoreLate(`the store did not answer within ${milliseconds} ms`);
  };

  return async (operation) => {
    if (now() < restUntil) throw new StoreLate("the store has just been too slow");
    const isTrial = restUntil > -Infinity;
    // On Workers a trial may never end, since its request has ended; then there is another trial.
    if (isTrial) restUntil = now() + rest;
    try {
      const value = await within(milliseconds, operation(), late);
      restUntil = -Infinity;
      rest = FIRST_REST;
      return value;
    } catch (error) {
      if (error instanceof StoreLate) {
        if (isTrial) rest = Math.min(2 * rest, LONGEST_REST);
        restUntil = Math.max(restUntil, now() + rest);
      } else restUntil = -Infinity;
      throw error;
    }
  };
}
