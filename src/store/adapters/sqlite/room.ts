import type { DatabaseSync } from "node:sqlite";

/** Blobs that one step removes at most: the process does nothing else meanwhile. */
const STEP = 32;
/** Free pages (of 4 KiB) that stay in the file; beyond that number they are given back in one step. */
const SPARE_PAGES = 4096;
const GIVEN_PAGES = 1024;

/** Keeps the content of all blobs within a bound, a little at each write. */
export interface Room {
  /** Makes room for so many bytes. */
  make(bytes: number): void;
}

/** @param now seconds since the epoch */
export function createRoom(db: DatabaseSync, now: () => number, maxBytes: number): Room {
  const total = db.prepare("SELECT coalesce(sum(size), 0) AS bytes FROM blob");
  const expire = db.prepare(
    "DELETE FROM blob WHERE id IN (SELECT id FROM blob WHERE expires <= ? LIMIT ?)",
  );
  const oldest = db.prepare("SELECT id, size FROM blob ORDER BY used, size LIMIT ?");
  const remove = db.prepare("DELETE FROM blob WHERE id = ?");
  const spare = db.prepare("PRAGMA freelist_count");
  /** As of the last count, what was written since included; other processes write too. */
  let known = Infinity;
  let written = 0;

  const count = (): void => {
    known = Number(total.get()?.["bytes"] ?? 0);
    written = 0;
  };

  return {
    make(bytes) {
      const hasExpired = Number(expire.run(now(), STEP).changes) > 0;
      // To count is to walk an index: only now and then, or where the bound is near.
      if (hasExpired || written > maxBytes / 64 || known + bytes > maxBytes) count();
      known += bytes;
      written += bytes;
      let isRemoved = false;
      while (known > maxBytes) {
        const rows = oldest.all(STEP);
        for (const { id, size } of rows) {
          if (known <= maxBytes) break;
          remove.run(id as number);
          known -= Number(size);
          isRemoved = true;
        }
        if (rows.length === 0) break;
      }
      if (!hasExpired && !isRemoved) return;
      if (Number(spare.get()?.["freelist_count"] ?? 0) > SPARE_PAGES) {
        db.exec(`PRAGMA incremental_vacuum(${GIVEN_PAGES})`);
      }
    },
  };
}
