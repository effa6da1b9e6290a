import type { DatabaseSync } from "node:sqlite";

/** Seconds between two removals of what has expired. */
const INTERVAL = 600;
/** Rows that go in one step: the process does nothing else meanwhile. */
const STEP = 500;

/**
 * Removes expired rows of a table, a few at a time and now and then; writes call it.
 *
 * @param key the columns of the table's key; what ends a row is called `expires`
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
