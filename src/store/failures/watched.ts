import type { ReplayStore } from "../replay.ts";
import type { Store } from "../store.ts";
import { isTold, markTold } from "./told.ts";

/** What a watch tells of. */
export interface StoreEvents {
  /** An operation has failed, and none did before. */
  readonly onFailing: (operation: string, error: unknown) => void;
  /** Each operation that had failed has succeeded since. */
  readonly onWorking: () => void;
}

/** Seconds after `onWorking` before `onFailing` is told again: a store that fails now and then. */
const STEADY = 10;

/**
 * Tells when a store begins to fail and when it works again: once for each state, however many
 * operations there are. Every error that it passes on is marked as told.
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

/** The same for a replay store. */
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

type Watch = <T>(operation: string, act: () => Promise<T>) => Promise<T>;

function createWatch(now: () => number, { onFailing, onWorking }: StoreEvents): Watch {
  /** Operations that failed at last, while the state "failing" is told of. */
  const failing = new Set<string>();
  let workingSince = -Infinity;

  const noteFailure = (operation: string, error: unknown): void => {
    // The store itself has told of it, and will tell of its return.
    if (isTold(error)) return;
    if (typeof error === "object" && error !== null) markTold(error);
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
