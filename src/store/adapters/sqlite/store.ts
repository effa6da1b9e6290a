import type { DatabaseSync } from "node:sqlite";
import { sqliteBlobs } from "./blobs.ts";
import { sqliteLedger } from "./ledger.ts";
import { openDatabase } from "./open.ts";
import { createSweep } from "./sweep.ts";
import { toBytes, toText } from "./text.ts";
import type { Store } from "../../store.ts";
import { wholeSeconds } from "../../whole-seconds.ts";

/** Options of a SQLite store. */
export interface SqliteStoreOptions {
  /** Bytes of blobs, at most; beyond them, the least recently used are evicted. @default 2 GiB */
  readonly maxBytes?: number;
  /** Whether a read of a blob is recorded as a use. @default true */
  readonly countsUse?: boolean;
}

/**
 * Creates a store in one SQLite file, for one machine; several processes may share it. Throws if
 * the file is damaged, locked or can't be opened; `lastingSqliteStore` does not.
 *
 * @param path of the file, which only its owner can read; its folder must exist
 * @param now seconds since the epoch
 */
export function sqliteStore(
  path: string,
  now: () => number,
  options: SqliteStoreOptions = {},
): Store {
  return openDatabase(path, (db) => storeIn(db, now, options));
}

export function storeIn(
  db: DatabaseSync,
  now: () => number,
  { maxBytes = 2 * 1024 ** 3, countsUse }: SqliteStoreOptions = {},
): Store {
  db.exec(`
    CREATE TABLE IF NOT EXISTS texts (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires INTEGER NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS texts_expires ON texts (expires);
  `);
  const getEntry = db.prepare("SELECT value FROM texts WHERE key = ? AND expires > ?");
  const putEntry = db.prepare("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)");
  const sweep = createSweep(db, "texts", "key", now);
  return {
    blobs: sqliteBlobs(db, now, maxBytes, countsUse),
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
