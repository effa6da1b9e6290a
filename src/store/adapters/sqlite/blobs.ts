import type { DatabaseSync } from "node:sqlite";
import type { BlobStore } from "../../store.ts";
import { wholeSeconds } from "../../whole-seconds.ts";
import { openBlobTables } from "./blob-tables.ts";
import { createRoom } from "./room.ts";

/** Seconds between two notes that a blob is still read. */
const USED_STEP = 6 * 3600;
/** Seconds without such notes after one that failed. */
const NOTE_REST = 60;

/**
 * Blobs in an open SQLite database, the least recently used of which go where there are too many.
 *
 * @param now seconds since the epoch
 * @param maxBytes of content
 */
export function sqliteBlobs(db: DatabaseSync, now: () => number, maxBytes: number): BlobStore {
  openBlobTables(db, now());
  const room = createRoom(db, now, maxBytes);
  const find = db.prepare(
    `SELECT blob.id, used, content FROM blob JOIN blob_content USING (id)
     WHERE hash = ? AND expires > ?`,
  );
  const use = db.prepare("UPDATE blob SET used = ? WHERE id = ?");
  const note = db.prepare(
    `INSERT INTO blob (hash, size, used, expires) VALUES (?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE
       SET size = excluded.size, used = excluded.used, expires = max(expires, excluded.expires)
     RETURNING id`,
  );
  const write = db.prepare("INSERT OR REPLACE INTO blob_content VALUES (?, ?)");
  // The content goes with its row, by a trigger.
  const remove = db.prepare("DELETE FROM blob WHERE hash = ?");

  let noNotesUntil = -Infinity;
  const noteUse = (id: number): void => {
    if (now() < noNotesUntil) return;
    try {
      use.run(now(), id);
    } catch {
      // Another process writes, or the disk is full: no reason not to read, nor to wait each time.
      noNotesUntil = now() + NOTE_REST;
    }
  };

  return {
    async get(hash) {
      const row = find.get(hash, now());
      if (row === undefined) return undefined;
      if (Number(row["used"]) < now() - USED_STEP) {
        noteUse(row["id"] as number);
      }
      // Node 22 reads an empty blob as NULL.
      const content = row["content"];
      return content instanceof Uint8Array ? new Uint8Array(content) : new Uint8Array();
    },
    async put(hash, content, ttl) {
      const life = wholeSeconds(ttl);
      if (life === 0 || content.byteLength > maxBytes) return;
      room.make(content.byteLength);
      db.exec("BEGIN IMMEDIATE");
      try {
        const time = now();
        const row = note.get(hash, content.byteLength, time, time + life);
        write.run(row?.["id"] as number, content.byteLength === 0 ? null : content);
        db.exec("COMMIT");
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    async delete(hash) {
      remove.run(hash);
    },
  };
}
