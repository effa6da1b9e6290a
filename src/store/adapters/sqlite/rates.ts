import type { DatabaseSync } from "node:sqlite";
import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import RateLimiterStoreAbstract from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";
import {
  countingRates,
  decideAddition,
  NO_LIMIT,
  type Added,
  type Addition,
} from "../../rate-counters.ts";
import type { RateStore } from "../../rates.ts";
import { flexibleCounters } from "../flexible-counters.ts";
import { inTransaction, openDatabase } from "./open.ts";
import { createSweep } from "./sweep.ts";

/**
 * Creates rates in one SQLite file, for one machine; several processes may share it. Throws if the
 * file is damaged, locked or can't be opened; `lastingSqliteRates` does not. A crash of the machine,
 * not of the process, may lose the last counts.
 *
 * @param path of the file, which only its owner can read; its folder must exist
 * @param now seconds since the epoch, with fractions
 */
export function sqliteRates(path: string, now: () => number): RateStore {
  return openDatabase(path, (db) => ({ ...ratesIn(db, now), close: () => db.close() }));
}

export function ratesIn(db: DatabaseSync, now: () => number): RateStore {
  db.exec(`
    CREATE TABLE IF NOT EXISTS rates (
      key TEXT PRIMARY KEY, used INTEGER NOT NULL, expires REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS slots (
      key TEXT NOT NULL, slot TEXT NOT NULL, expires REAL NOT NULL, PRIMARY KEY (key, slot)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS rates_expires ON rates (expires);
    CREATE INDEX IF NOT EXISTS slots_expires ON slots (expires);
  `);
  const add = createAddition(db, now);
  const counters = flexibleCounters(
    (points, duration) => new SqliteLimiter({ points, duration, keyPrefix: "", storeClient: add }),
  );
  return { ...countingRates(counters), ...slotsIn(db, now) };
}

/** The result of rate-limiter-flexible's abstract step. */
interface Upserted {
  readonly used: number;
  readonly resetsIn: number;
}

/** A limiter of rate-limiter-flexible on `node:sqlite`, for which it has none. */
class SqliteLimiter extends RateLimiterStoreAbstract {
  readonly #add: (addition: Addition) => Added;

  constructor(options: {
    readonly points: number;
    readonly duration: number;
    readonly keyPrefix: string;
    readonly storeClient: (addition: Addition) => Added;
  }) {
    super(options);
    this.#add = options.storeClient;
  }

  /** Reports the sum if the points don't fit, and counts nothing. */
  async _upsert(key: string, points: number, milliseconds: number): Promise<Upserted> {
    const limit = this.points;
    const window = milliseconds / 1000;
    const { fits, used, resetsIn } = this.#add({ key, units: points, limit, window });
    return { used: fits ? used : used + points, resetsIn };
  }

  async _get(key: string): Promise<Upserted | null> {
    return this.#add({ key, units: 0, limit: NO_LIMIT, window: this.duration });
  }

  _getRateLimiterRes(_key: string, _points: number, { used, resetsIn }: Upserted): RateLimiterRes {
    return new RateLimiterRes(Math.max(0, this.points - used), 1000 * resetsIn, used);
  }
}

function createAddition(db: DatabaseSync, now: () => number): (addition: Addition) => Added {
  const read = db.prepare("SELECT used, expires FROM rates WHERE key = ?");
  const write = db.prepare("INSERT OR REPLACE INTO rates VALUES (?, ?, ?)");
  const sweep = createSweep(db, "rates", "key", now);
  const decide = (addition: Addition) => {
    const row = read.get(addition.key);
    const counter = row && { used: Number(row["used"]), ends: Number(row["expires"]) };
    return decideAddition(counter, addition, now());
  };
  return (addition) => {
    // A refusal needs no lock.
    const { added, next } = decide(addition);
    if (next === undefined) return added;
    sweep();
    return inTransaction(db, () => {
      const decided = decide(addition);
      if (decided.next !== undefined) {
        write.run(addition.key, decided.next.used, decided.next.ends);
      }
      return decided.added;
    });
  };
}

function slotsIn(db: DatabaseSync, now: () => number): Pick<RateStore, "enter" | "leave"> {
  // A clock that was set back must not make leases longer.
  const cap = db.prepare("UPDATE slots SET expires = ? WHERE key = ? AND expires > ?");
  const count = db.prepare(
    "SELECT count(*) AS used, sum(slot = ?) AS mine FROM slots WHERE key = ? AND expires > ?",
  );
  const put = db.prepare("INSERT OR REPLACE INTO slots VALUES (?, ?, ?)");
  const expire = db.prepare("DELETE FROM slots WHERE key = ? AND expires <= ?");
  const remove = db.prepare("DELETE FROM slots WHERE key = ? AND slot = ?");
  const sweep = createSweep(db, "slots", "key, slot", now);
  return {
    enter(key, slot, limit, lease) {
      sweep();
      return inTransaction(db, () => {
        const time = now();
        const until = time + lease;
        cap.run(until, key, until);
        expire.run(key, time);
        const row = count.get(slot, key, time);
        const used = Number(row?.["used"]);
        const isMine = Number(row?.["mine"] ?? 0) > 0;
        if (!isMine && used >= limit) return { isTaken: false, used };
        put.run(key, slot, until);
        return { isTaken: true, used: isMine ? used : used + 1 };
      });
    },
    leave(key, slot) {
      remove.run(key, slot);
    },
  };
}
