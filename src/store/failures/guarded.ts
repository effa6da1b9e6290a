import { limitedReplay, limitedStore } from "./limited.ts";
import type { ReplayStore } from "../replay.ts";
import type { Store } from "../store.ts";
import { watchedReplay, watchedStore, type StoreEvents } from "./watched.ts";

/** The store and the replay store of a proxy. */
export interface Storage {
  readonly store: Store;
  readonly replay?: ReplayStore | undefined;
}

/**
 * Wraps storage: every operation ends in time, and failures are reported once for each state.
 *
 * @param given the storage, a clock in seconds since the epoch, and milliseconds for a stage
 */
export function guardedStorage(
  given: Storage & { readonly now: () => number; readonly stageTimeout?: number | undefined },
  events: StoreEvents,
): Storage {
  const { store, replay, now, stageTimeout = 10_000 } = given;
  // Several reads must fit into a stage's time.
  const limited = limitedStore(store, now, { read: Math.min(1000, stageTimeout / 4) });
  if (replay === undefined) return { store: watchedStore(limited, now, events) };
  return {
    store: watchedStore(limited, now, events),
    replay: watchedReplay(limitedReplay(replay, now), now, events),
  };
}
