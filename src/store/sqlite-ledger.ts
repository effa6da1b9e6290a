import type { DatabaseSync } from "node:sqlite";
import type { LedgerStore } from "./store.ts";

/**
 * A ledger in an open SQLite database.
 *
 * @param now seconds since the epoch
 */
export function sqliteLedger(db: DatabaseSync, now: () => number): LedgerStore {
  db.exec(`
    CREATE TABLE IF NOT EXISTS ledger (
      owner TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, expires INTEGER NOT NULL,
      PRIMARY KEY (owner, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS claims (
      owner TEXT NOT NULL, key TEXT NOT NULL, expires INTEGER NOT NULL,
      PRIMARY KEY (owner, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS ledger_expires ON ledger (expires);
    CREATE INDEX IF NOT EXISTS claims_expires ON claims (expires);
  `);
  const list = db.prepare("SELECT key, value FROM ledger WHERE owner = ? AND expires > ?");
  const set = db.prepare("INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?)");
  const remove = db.prepare("DELETE FROM ledger WHERE owner = ? AND key = ?");
  // One statement, so that of two processes only one can be the first.
  const take = db.prepare(
    `INSERT INTO claims VALUES (?, ?, ?)
     ON CONFLICT (owner, key) DO UPDATE SET expires = excluded.expires WHERE expires <= ?`,
  );
  const sweeps = ["ledger", "claims"].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE expires <= ?`),
  );
  let nextSweep = 0;
  const sweep = (): void => {
    if (now() < nextSweep) return;
    nextSweep = now() + SWEEP_INTERVAL;
    for (const statement of sweeps) statement.run(now());
  };
  return {
    async read(group) {
      const rows = list.all(group, now());
      return new Map(
        rows.map(({ key, value }) => [
          String(key),
          new TextDecoder().decode(value as Uint8Array).slice(1),
        ]),
      );
    },
    async change(group, changes) {
      sweep();
      db.exec("BEGIN IMMEDIATE");
      try {
        for (const { key, value, ttl } of changes) {
          if (value === undefined || ttl <= 0) remove.run(group, key);
          // As bytes, and never none, for Node 22: see the index.
          else set.run(group, key, new TextEncoder().encode(`=${value}`), now() + ttl);
        }
        db.exec("COMMIT");
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
    },
    async claim(group, key, ttl) {
      sweep();
      return take.run(group, key, now() + ttl, now()).changes === 1;
    },
  };
}

/** Seconds between two removals of what has expired. */
const SWEEP_INTERVAL = 3600;
