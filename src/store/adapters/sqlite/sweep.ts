import type { DatabaseSync } from "node:sqlite";

/** Seconds between two removals of expired rows. */
const INTERVAL = 600;
/** Rows that one step removes, at most; a step blocks the process. */
const STEP = 500;

/**
 * Creates a function that removes some expired rows, at intervals; call it at each write.
 *
 * @param key the columns of the table's key; the column of the expiry is `expires`
 * @param now seconds since the epoch
 */
export function createSweep(
  db: DatabaseSync,
  table: string,
  key: string,
  now: () => number,
): () => void {
  const remove = db.prepare(
    `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE expires <= ? LIMIT ?)`,
  );
  let next = 0;
  return () => {
    if (now() < next) return;
    const { changes } = remove.run(now(), STEP);
    if (Number(changes) < STEP) next = now() + INTERVAL;
  };
}
