import type { DatabaseSync } from "node:sqlite";

/**
 * Makes the tables of blobs where they are not there yet. What is known of a blob is apart from its
 * content, since SQLite writes a whole row anew for each change of it.
 */
export function openBlobTables(db: DatabaseSync, now: number): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS blob (
      id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
      size INTEGER NOT NULL, used INTEGER NOT NULL, expires INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS blob_content (id INTEGER PRIMARY KEY, content BLOB) STRICT;
    CREATE INDEX IF NOT EXISTS blob_used ON blob (used, size);
    CREATE INDEX IF NOT EXISTS blob_expires ON blob (expires);
    CREATE TRIGGER IF NOT EXISTS blob_removed AFTER DELETE ON blob
      BEGIN DELETE FROM blob_content WHERE id = OLD.id; END;
  `);
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
