import { DatabaseSync } from "node:sqlite";
import { sqliteBlobs } from "./sqlite/blobs.ts";
import { sqliteLedger } from "./sqlite/ledger.ts";
import { createSweep } from "./sqlite/sweep.ts";
import { toBytes, toText } from "./sqlite/text.ts";
import type { Store } from "./store.ts";
import { wholeSeconds } from "./ttl/whole-seconds.ts";

/** How a SQLite store is bounded. */
export interface SqliteStoreOptions {
  /** Bytes of blobs; beyond them the least recently used go. @default 2 GiB */
  readonly maxBytes?: number;
}

/**
 * A store in one SQLite file, for one machine; several processes may share it.
 *
 * @param path of the file; its folder must exist
 * @param now seconds since the epoch
 */
export function sqliteStore(
  path: string,
  now: () => number,
  { maxBytes = 2 * 1024 ** 3 }: SqliteStoreOptions = {},
): Store {
  const db = new DatabaseSync(path);
  // Before the first table: so that what is deleted can be given back to the file system.
  // A writer waits for another process's no longer than a page may.
  db.exec(`
    PRAGMA busy_timeout = 500;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA journal_size_limit = 67108864;
    CREATE TABLE IF NOT EXISTS texts (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires INTEGER NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS texts_expires ON texts (expires);
  `);
  const getEntry = db.prepare("SELECT value FROM texts WHERE key = ? AND expires > ?");
  const putEntry = db.prepare("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)");
  const sweep = createSweep(db, "texts", "key", now);
  return {
    blobs: sqliteBlobs(db, now, maxBytes),
    index: {
      async get(key) {
        const value = getEntry.get(key, now())?.["value"];
        return value instanceof Uint8Array ? toText(value) : undefined;
      },
      async put(key, value, ttl) {
        sweep();
        putEntry.run(key, toBytes(value), now() + wholeSeconds(ttl));
      },
    },
    ledger: sqliteLedger(db, now),
    close: () => db.close(),
  };
}
