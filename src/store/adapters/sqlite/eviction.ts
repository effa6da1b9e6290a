import type { DatabaseSync } from "node:sqlite";
import { PROTECTED } from "../../../memory/budget.ts";

/** Blobs that one step removes, at most; a step blocks the process. */
const STEP = 32;
/** Free pages of 4 KiB that remain in the file, and pages that one step returns to the disk. */
const SPARE_PAGES = 4096;
const GIVEN_PAGES = 1024;

/**
 * Creates a function that makes room for a blob, by a small step at each write.
 *
 * @param now seconds since the epoch
 */
export function createRoom(db: DatabaseSync, now: () => number, maxBytes: number) {
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
  /** Bytes at the last count plus those written since; other processes also write. */
  let known = Infinity;
  let usedAgain = 0;
  let written = 0;

  const count = (): void => {
    const rows = totals.all().map(({ again, bytes }) => [Number(again), Number(bytes)] as const);
    const sums = new Map(rows);
    usedAgain = sums.get(1) ?? 0;
    known = usedAgain + (sums.get(0) ?? 0);
    written = 0;
  };

  /** Calls `act` for the least recently used blobs of one kind while there is too much. */
  const each = (
    again: 0 | 1,
    isTooMuch: () => boolean,
    act: (id: number, size: number) => void,
  ) => {
    while (isTooMuch()) {
      const rows = oldest.all(again, STEP);
      if (rows.length === 0) return;
      for (const { id, size } of rows) if (isTooMuch()) act(Number(id), Number(size));
    }
  };

  const isOver = (): boolean => known > maxBytes;
  const hasTooManyUsedAgain = (): boolean => usedAgain > maxBytes * PROTECTED;
  const demoteOne = (id: number, size: number): void => {
    demote.run(now(), id);
    usedAgain -= size;
  };
  const removeOne = (id: number, size: number): void => {
    remove.run(id);
    known -= size;
  };

  return (bytes: number): void => {
    const hasExpired = Number(expire.run(now(), STEP).changes) > 0;
    // Counting reads a whole index: only occasionally, and near the bound.
    if (hasExpired || written > maxBytes / 64 || known + bytes > maxBytes) count();
    known += bytes;
    written += bytes;
    const isFull = isOver();
    if (isFull) {
      each(1, hasTooManyUsedAgain, demoteOne);
      each(0, isOver, removeOne);
      each(1, isOver, removeOne);
    }
    if (!hasExpired && !isFull) return;
    const pages = Number(spare.get()?.["freelist_count"] ?? 0);
    if (pages > SPARE_PAGES) db.exec(`PRAGMA incremental_vacuum(${GIVEN_PAGES})`);
  };
}
