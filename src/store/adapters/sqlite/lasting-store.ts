import { memoryStore } from "../../memory.ts";
import { memoryReplay, type ReplayStore } from "../../replay.ts";
import { DatabaseThread, type ThreadData } from "./thread.ts";
import type { LastingFile } from "./lasting.ts";
import type { Store } from "../../store.ts";

export type { SqliteEvent } from "./lasting.ts";

export interface LastingSqliteOptions
  extends LastingFile, Pick<ThreadData, "maxBytes" | "makesFolder"> {}

/**
 * Creates a store in one SQLite file that remains usable if the file is damaged, full, locked,
 * read-only or missing. Never throws. A thread of its own runs the statements, so that this one
 * never waits for them.
 *
 * @param path of the file
 */
export function lastingSqliteStore(path: string, options: LastingSqliteOptions): Store {
  const thread = new DatabaseThread({
    ...options,
    path,
    holds: "store",
    inMemory: () => memoryStore(),
  });
  return {
    blobs: {
      get: (hash) => thread.call("blobs", "get", hash),
      put: (hash, content, ttl) => thread.call("blobs", "put", hash, content, ttl),
      delete: (hash) => thread.call("blobs", "delete", hash),
      touch: (hash) => thread.call("blobs", "touch", hash),
    },
    index: {
      get: (key) => thread.call("index", "get", key),
      put: (key, value, ttl) => thread.call("index", "put", key, value, ttl),
    },
    ledger: {
      read: (group) => thread.call("ledger", "read", group),
      change: (group, changes) => thread.call("ledger", "change", group, changes),
      claim: (group, key, ttl) => thread.call("ledger", "claim", group, key, ttl),
    },
    close: () => thread.close(),
  };
}

/**
 * Creates a replay store like `lastingSqliteStore`. While memory replaces the file, it knows only
 * nonces seen since then.
 */
export function lastingSqliteReplay(path: string, options: LastingSqliteOptions): ReplayStore {
  const { now } = options;
  const thread = new DatabaseThread({
    ...options,
    path,
    holds: "replay",
    inMemory: () => ({ replay: memoryReplay(now) }),
  });
  return {
    seen: (key, until) => thread.call("replay", "seen", key, until),
    close: () => thread.close(),
  };
}
