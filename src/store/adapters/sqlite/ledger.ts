import type { DatabaseSync } from "node:sqlite";
import type { LedgerStore } from "../../store.ts";
import { wholeSeconds } from "../../whole-seconds.ts";
import { inTransaction } from "./open.ts";
import { createSweep } from "./sweep.ts";
import { toBytes, toText } from "./text.ts";

/**
 * Creates a ledger in an open SQLite database.
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
  // The key as bytes, for Node 22: see text.ts.
  const list = db.prepare(
    "SELECT CAST('=' || key AS BLOB) AS key, value FROM ledger WHERE owner = ? AND expires > ?",
  );
  const set = db.prepare("INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?)");
  const remove = db.prepare("DELETE FROM ledger WHERE owner = ? AND key = ?");
  // One statement, so that only one of two processes can be the first.
  const take = db.prepare(
    `INSERT INTO claims VALUES (?, ?, ?)
     ON CONFLICT (owner, key) DO UPDATE SET expires = excluded.expires WHERE expires <= ?`,
  );
  const sweepLedger = createSweep(db, "ledger", "owner, key", now);
  const sweepClaims = createSweep(db, "claims", "owner, key", now);
  return {
    async read(group) {
      return new Map(list.all(group, now()).map(({ key, value }) => [toText(key), toText(value)]));
    },
    async change(group, changes) {
      if (changes.length === 0) return;
      sweepLedger();
      inTransaction(db, () => {
        for (const { key, value, ttl } of changes) {
          const life = wholeSeconds(ttl);
          if (value === undefined || life === 0) remove.run(group, key);
          else set.run(group, key, toBytes(value), now() + life);
        }
      });
    },
    async claim(group, key, ttl) {
      sweepClaims();
      const time = now();
      return take.run(group, key, time + wholeSeconds(ttl), time).changes === 1;
    },
  };
}
