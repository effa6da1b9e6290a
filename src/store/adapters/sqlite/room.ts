import type { DatabaseSync } from "node:sqlite";
import { PROTECTED } from "../../../memory/budget.ts";

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
  const totals = db.prepare("SELECT again, sum(size) AS bytes FROM blob GROUP BY again");
  const expire = db.prepare(
    "DELETE FROM blob WHERE id IN (SELECT id FROM blob WHERE expires <= ? LIMIT ?)",
  );
  const oldest = db.prepare(
    "SELECT id, size FROM blob WHERE again = ? ORDER BY used, size LIMIT ?",
  );
  const remove = db.prepare("DELETE FROM blob WHERE id = ?");
  const demote = db.prepare("UPDATE blob SET again = 0, used = ? WHERE id = ?");
  const spare = db.prepare("PRAGMA freelist_count");
  /** As of the last count, what was written since included; other processes write too. */
  let known = Infinity;
  let usedAgain = 0;
  let written = 0;

  const count = (): void => {
    const bytes = [0, 0];
    for (const row of totals.all()) bytes[Number(row["again"])] = Number(row["bytes"]);
    const [once = 0, again = 0] = bytes;
    known = once + again;
    usedAgain = again;
    written = 0;
  };

  /** Takes the least recently used of one kind, one after the other, while there are too many. */
  const each = (
    again: 0 | 1,
    isTooMuch: () => boolean,
    act: (id: number, size: number) => void,
  ) => {
    while (isTooMuch()) {
      const rows = oldest.all(again, STEP);
      if (rows.length === 0) return;
      for (const { id, size } of rows) {
        if (isTooMuch()) act(Number(id), Number(size));
      }
    }
  };

  const isOver = (): boolean => known > maxBytes;
  const removeOne = (id: number, size: number): void => {
    remove.run(id);
    known -= size;
  };

  return {
    make(bytes) {
      const hasExpired = Number(expire.run(now(), STEP).changes) > 0;
      // To count is to walk an index: only now and then, or where the bound is near.
      if (hasExpired || written > maxBytes / 64 || known + bytes > maxBytes) count();
      known += bytes;
      written += bytes;
      const isFull = isOver();
      if (isFull) {
        const isTooMuch = (): boolean => usedAgain > maxBytes * PROTECTED;
        each(1, isTooMuch, (id, size) => {
          demote.run(now(), id);
          usedAgain -= size;
        });
        each(0, isOver, removeOne);
        each(1, isOver, removeOne);
      }
      if (!hasExpired && !isFull) return;
      if (Number(spare.get()?.["freelist_count"] ?? 0) > SPARE_PAGES) {
        db.exec(`PRAGMA incremental_vacuum(${GIVEN_PAGES})`);
      }
    },
  };
}
