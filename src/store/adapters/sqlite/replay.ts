import type { DatabaseSync } from "node:sqlite";
import { sweeping, type ReplayStore } from "../../replay.ts";
import { openDatabase } from "./open.ts";

/**
 * Creates a replay store in one SQLite file, for one machine; several processes may share it.
 * Throws if the file is damaged, locked or can't be opened; `lastingSqliteReplay` does not.
 *
 * @param path of the file, which only its owner can read; its folder must exist
 * @param now seconds since the epoch
 */
export function sqliteReplay(path: string, now: () => number): ReplayStore {
  return openDatabase(path, (db) => replayIn(db, now));
}

export function replayIn(db: DatabaseSync, now: () => number): ReplayStore {
  db.exec(`
    CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS seen_until ON seen (until);
  `);
  // One statement, so that only one of two processes can be the first.
  const remember = db.prepare(
    `INSERT INTO seen VALUES (?, ?)
     ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE until <= ?`,
  );
  const expired = db.prepare("DELETE FROM seen WHERE until <= ?");
  const sweep = sweeping((time) => void expired.run(time));
  return {
    async seen(key, until) {
      const time = now();
      sweep(time);
      return remember.run(key, until, time).changes === 0;
    },
    close: () => db.close(),
  };
}
