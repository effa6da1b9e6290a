import type { DatabaseSync } from "node:sqlite";
import type { BlobStore } from "../../store.ts";
import { wholeSeconds } from "../../whole-seconds.ts";
import { createRoom } from "./eviction.ts";
import { inTransaction } from "./open.ts";

/** Seconds between two writes of a blob's last use, at least. */
const USED_STEP = 6 * 3600;
/** Seconds without such writes after one that failed. */
const NOTE_REST = 60;

/**
 * Stores blobs in an open SQLite database. If they exceed `maxBytes`, it evicts blobs that were
 * used once before others, and of each kind the least recently used first.
 *
 * @param now seconds since the epoch
 * @param maxBytes of content
 * @param countsUse whether a read of a blob is recorded as a use
 */
export function sqliteBlobs(
  db: DatabaseSync,
  now: () => number,
  maxBytes: number,
  countsUse = true,
): BlobStore {
  openBlobTables(db, now());
  const makeRoom = createRoom(db, now, maxBytes);
  const { find, use, touch, note, write, remove } = statementsOf(db);
  let noNotesUntil = -Infinity;
  const noteUse = (id: number): void => {
    if (!countsUse || now() < noNotesUntil) return;
    try {
      use.run(now(), id);
    } catch {
      // Another process writes, or the disk is full: reads go on, without a wait at each.
      noNotesUntil = now() + NOTE_REST;
    }
  };

  return {
    async get(hash) {
      const row = find.get(hash, now());
      if (row === undefined) return undefined;
      if (row["again"] === 0 || Number(row["used"]) < now() - USED_STEP) {
        noteUse(row["id"] as number);
      }
      // Node 22 reads an empty blob as NULL.
      const content = row["content"];
      return content instanceof Uint8Array ? new Uint8Array(content) : new Uint8Array();
    },
    async put(hash, content, ttl) {
      const life = wholeSeconds(ttl);
      if (life === 0 || content.byteLength > maxBytes) return;
      makeRoom(content.byteLength);
      inTransaction(db, () => {
        const time = now();
        const row = note.get(hash, content.byteLength, time, time + life);
        write.run(row?.["id"] as number, content.byteLength === 0 ? null : content);
      });
    },
    async delete(hash) {
      remove.run(hash);
    },
    async touch(hash) {
      const row = touch.get(hash);
      if (row !== undefined) noteUse(row["id"] as number);
    },
  };
}

function statementsOf(db: DatabaseSync) {
  return {
    find: db.prepare(
      `SELECT blob.id, used, again, content FROM blob JOIN blob_content USING (id)
       WHERE hash = ? AND expires > ?`,
    ),
    use: db.prepare("UPDATE blob SET used = ?, again = 1 WHERE id = ?"),
    touch: db.prepare("SELECT id FROM blob WHERE hash = ?"),
    note: db.prepare(
      `INSERT INTO blob (hash, size, used, expires, again) VALUES (?, ?, ?, ?, 0)
       ON CONFLICT (hash) DO UPDATE
         SET size = excluded.size, again = 1, used = excluded.used, expires = max(expires, excluded.expires)
       RETURNING id`,
    ),
    write: db.prepare("INSERT OR REPLACE INTO blob_content VALUES (?, ?)"),
    // A trigger deletes the content.
    remove: db.prepare("DELETE FROM blob WHERE hash = ?"),
  };
}

/**
 * Creates the tables of blobs if they do not exist. Content has a table of its own, since SQLite
 * rewrites the whole row at each change.
 */
function openBlobTables(db: DatabaseSync, now: number): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS blob (
      id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
      size INTEGER NOT NULL, used INTEGER NOT NULL, expires INTEGER NOT NULL,
      again INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS blob_content (id INTEGER PRIMARY KEY, content BLOB) STRICT;
    CREATE INDEX IF NOT EXISTS blob_expires ON blob (expires);
    CREATE TRIGGER IF NOT EXISTS blob_removed AFTER DELETE ON blob
      BEGIN DELETE FROM blob_content WHERE id = OLD.id; END;
  `);
  const columns = db.prepare("SELECT 1 FROM pragma_table_info('blob') WHERE name = 'again'");
  if (columns.get() === undefined) {
    db.exec("ALTER TABLE blob ADD COLUMN again INTEGER NOT NULL DEFAULT 0; DROP INDEX blob_used");
  }
  db.exec("CREATE INDEX IF NOT EXISTS blob_again ON blob (again, used, size)");
  const old = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'blobs'");
  if (old.get() === undefined) return;
  // The table of version 0.1.0.
  db.exec(`
    BEGIN IMMEDIATE;
    INSERT OR IGNORE INTO blob (hash, size, used, expires)
      SELECT hash, length(content), ${now}, expires FROM blobs WHERE expires > ${now};
    INSERT OR IGNORE INTO blob_content
      SELECT blob.id, blobs.content FROM blobs JOIN blob USING (hash);
    DROP TABLE blobs;
    COMMIT;
  `);
}
