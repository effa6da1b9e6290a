import { memoryStore } from "../../memory.ts";
import { markReported } from "../../failures/reported.ts";
import type { RateStore } from "../../rates.ts";
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

/**
 * Creates rates like `lastingSqliteStore`; while the file can't be used, every operation rejects.
 *
 * @param options `now` may have fractions
 */
export function lastingSqliteRates(path: string, options: LastingSqliteOptions): RateStore {
  const thread = new DatabaseThread({
    ...options,
    path,
    holds: "rates",
    inMemory: () => ({ rates: { take: away, spend: away, enter: away, leave: away } }),
  });
  return {
    take: (claims) => thread.call("rates", "take", claims),
    spend: (claim) => thread.call("rates", "spend", claim),
    enter: (key, slot, limit, lease) => thread.call("rates", "enter", key, slot, limit, lease),
    leave: (key, slot) => thread.call("rates", "leave", key, slot),
    close: () => thread.close(),
  };
}

function away(): never {
  throw markReported(new Error("the file of the rates can't be used"));
}
