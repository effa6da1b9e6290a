import { memoryStore } from "../../memory.ts";
import { replayIn } from "./replay.ts";
import { memoryReplay, type ReplayStore } from "../../replay.ts";
import { storeIn } from "./store.ts";
import { Lasting, type LastingFile } from "./lasting.ts";
import type { Store } from "../../store.ts";

export type { SqliteEvent } from "./lasting.ts";

export interface LastingSqliteOptions extends LastingFile {
  /** Bytes of blobs in the file. @default 2 GiB */
  readonly maxBytes?: number;
}

/**
 * Creates a store in one SQLite file that remains usable if the file is damaged, full, locked,
 * read-only or missing. Never throws. See `Lasting`.
 *
 * @param path of the file
 */
export function lastingSqliteStore(path: string, options: LastingSqliteOptions): Store {
  const { maxBytes, ...rest } = options;
  const { now } = rest;
  const lasting = new Lasting<Store>({
    path,
    build: (db) => storeIn(db, now, maxBytes === undefined ? {} : { maxBytes }),
    inMemory: () => memoryStore(),
    ...rest,
  });
  return {
    blobs: {
      get: (hash) => lasting.use("read", ({ blobs }) => blobs.get(hash)),
      put: (hash, content, ttl) =>
        lasting.use("write", ({ blobs }) => blobs.put(hash, content, ttl)),
      delete: (hash) => lasting.use("write", ({ blobs }) => blobs.delete(hash)),
      touch: async (hash) => lasting.use("read", async ({ blobs }) => blobs.touch?.(hash)),
    },
    index: {
      get: (key) => lasting.use("read", ({ index }) => index.get(key)),
      put: (key, value, ttl) => lasting.use("write", ({ index }) => index.put(key, value, ttl)),
    },
    ledger: {
      read: (group) => lasting.use("read", ({ ledger }) => ledger.read(group)),
      change: (group, changes) =>
        lasting.use("write", ({ ledger }) => ledger.change(group, changes)),
      claim: (group, key, ttl) =>
        lasting.use("write", ({ ledger }) => ledger.claim(group, key, ttl)),
    },
    close: () => lasting.close(),
  };
}

/**
 * Creates a replay store like `lastingSqliteStore`. While memory replaces the file, it knows only
 * nonces seen since then.
 */
export function lastingSqliteReplay(path: string, options: LastingSqliteOptions): ReplayStore {
  const { now } = options;
  const lasting = new Lasting<ReplayStore>({
    path,
    build: (db) => replayIn(db, now),
    inMemory: () => memoryReplay(now),
    ...options,
  });
  return {
    seen: (key, until) => lasting.use("write", (replay) => replay.seen(key, until)),
    close: () => lasting.close(),
  };
}
