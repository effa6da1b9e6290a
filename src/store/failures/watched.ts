import type { ReplayStore } from "../replay.ts";
import type { Store } from "../store.ts";
import { isReported, markReported } from "./reported.ts";

/** Callbacks for failures of a store. */
export interface StoreEvents {
  /** Called if an operation fails while the store counts as working. */
  readonly onFailing: (operation: string, error: unknown) => void;
  /** Called after every operation that had failed has succeeded. */
  readonly onWorking: () => void;
}

/** Seconds after `onWorking` in which failures are not reported again. */
const STEADY = 10;

/**
 * Wraps a store to report when it begins to fail and when it works again, once for each state.
 * Marks every error that it rethrows as reported.
 *
 * @param now seconds since the epoch
 */
export function watchedStore(store: Store, now: () => number, events: StoreEvents): Store {
  const watch = createWatch(now, events);
  const { blobs, index, ledger } = store;
  return {
    blobs: {
      get: (hash) => watch("blobs.get", () => blobs.get(hash)),
      put: (hash, content, ttl) => watch("blobs.put", () => blobs.put(hash, content, ttl)),
      delete: (hash) => watch("blobs.delete", () => blobs.delete(hash)),
      touch: async (hash) => blobs.touch?.(hash),
    },
    index: {
      get: (key) => watch("index.get", () => index.get(key)),
      put: (key, value, ttl) => watch("index.put", () => index.put(key, value, ttl)),
    },
    ledger: {
      read: (group) => watch("ledger.read", () => ledger.read(group)),
      change: (group, changes) => watch("ledger.change", () => ledger.change(group, changes)),
      claim: (group, key, ttl) => watch("ledger.claim", () => ledger.claim(group, key, ttl)),
    },
    close: () => store.close?.(),
  };
}

/** Wraps a replay store in the same way. */
export function watchedReplay(
  replay: ReplayStore,
  now: () => number,
  events: StoreEvents,
): ReplayStore {
  const watch = createWatch(now, events);
  return {
    seen: (key, until) => watch("replay.seen", () => replay.seen(key, until)),
    close: () => replay.close?.(),
  };
}

export type Watch = <T>(operation: string, act: () => Promise<T>) => Promise<T>;

/** Creates a watch: reports the first failure of several operations, and that all work again. */
export function createWatch(now: () => number, { onFailing, onWorking }: StoreEvents): Watch {
  /** Operations whose last call failed, while the store counts as failing. */
  const failing = new Set<string>();
  let workingSince = -Infinity;

  const noteFailure = (operation: string, error: unknown): void => {
    // The store itself has reported it, and will report the recovery.
    if (isReported(error)) return;
    if (typeof error === "object" && error !== null) markReported(error);
    if (failing.size === 0 && Math.abs(now() - workingSince) < STEADY) return;
    if (failing.size === 0) onFailing(operation, error);
    failing.add(operation);
  };

  return async (operation, act) => {
    try {
      const value = await act();
      if (failing.delete(operation) && failing.size === 0) {
        workingSince = now();
        onWorking();
      }
      return value;
    } catch (error) {
      noteFailure(operation, error);
      throw error;
    }
  };
}
