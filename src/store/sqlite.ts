import { DatabaseSync } from "node:sqlite";
import { sqliteLedger } from "./sqlite-ledger.ts";
import type { Store } from "./store.ts";

/**
 * A store in one SQLite file, for one machine; several processes may share it.
 *
 * @param path of the file; its folder must exist
 * @param now seconds since the epoch
 */
export function sqliteStore(path: string, now: () => number): Store {
  const db = new DatabaseSync(path);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA busy_timeout = 2000;
    CREATE TABLE IF NOT EXISTS blobs (hash TEXT PRIMARY KEY, content BLOB NOT NULL, expires INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS texts (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires INTEGER NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS blobs_expires ON blobs (expires);
    CREATE INDEX IF NOT EXISTS texts_expires ON texts (expires);
  `);
  const getBlob = db.prepare("SELECT content FROM blobs WHERE hash = ? AND expires > ?");
  const putBlob = db.prepare(
    `INSERT INTO blobs VALUES (?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET content = excluded.content, expires = max(expires, excluded.expires)`,
  );
  const deleteBlob = db.prepare("DELETE FROM blobs WHERE hash = ?");
  const getEntry = db.prepare("SELECT value FROM texts WHERE key = ? AND expires > ?");
  const putEntry = db.prepare("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)");
  const sweeps = ["blobs", "texts"].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE expires <= ?`),
  );
  let nextSweep = 0;
  const sweep = (): void => {
    if (now() < nextSweep) return;
    nextSweep = now() + SWEEP_INTERVAL;
    for (const statement of sweeps) statement.run(now());
  };
  return {
    blobs: {
      async get(hash) {
        const content = getBlob.get(hash, now())?.["content"];
        return content instanceof Uint8Array ? new Uint8Array(content) : undefined;
      },
      async put(hash, content, ttl) {
        sweep();
        putBlob.run(hash, content, now() + ttl);
      },
      async delete(hash) {
        deleteBlob.run(hash);
      },
    },
    index: {
      async get(key) {
        const value = getEntry.get(key, now())?.["value"];
        return value instanceof Uint8Array ? new TextDecoder().decode(value).slice(1) : undefined;
      },
      async put(key, value, ttl) {
        // As bytes, and never none: Node 22 cuts a text at its first NUL, and takes no bytes for NULL.
        putEntry.run(key, new TextEncoder().encode(`=${value}`), now() + ttl);
      },
    },
    ledger: sqliteLedger(db, now),
    close: () => db.close(),
  };
}

/** Seconds between two removals of what has expired. */
const SWEEP_INTERVAL = 3600;
