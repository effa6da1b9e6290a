import { DatabaseSync, type StatementSync } from "node:sqlite";
import {
  HISTORY_COLUMNS,
  KEY_COLUMNS,
  MEASURES,
  mostRows,
  othersLike,
  startOf,
  STEP_NAMES,
  STEPS,
  type HistoryAddition,
  type HistoryBatch,
  type HistoryStep,
  type HistoryStore,
  type Retention,
  type StoredHistoryQuery,
  type StoredHistoryRow,
} from "../../history.ts";
import { inTransaction } from "./open.ts";
import type { LastingSqliteOptions } from "./lasting-store.ts";
import { DatabaseThread } from "./thread.ts";

/**
 * Creates a history in one SQLite file; several processes may share the file. Never throws. While the
 * file is damaged, full, locked, read-only or missing, every call rejects.
 *
 * @param path of the file
 */
export function lastingSqliteHistory(
  path: string,
  options: Omit<LastingSqliteOptions, "maxBytes">,
): HistoryStore {
  const thread = new DatabaseThread<object>({ ...options, path, holds: "history" });
  return {
    add: (batch) => thread.call("history", "add", batch),
    read: (query) => thread.call("history", "read", query),
    expire: (now, retention) => thread.call("history", "expire", now, retention),
    close: () => thread.close(),
  };
}

/**
 * Opens the history in a SQLite file that a running proxy may write, only to read it. Throws if the
 * file can't be read.
 */
export function sqliteHistoryToRead(path: string): Pick<HistoryStore, "read" | "close"> {
  const db = new DatabaseSync(path, { readOnly: true });
  db.exec(`PRAGMA busy_timeout = ${READ_TIMEOUT}`);
  const made = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'history'");
  return {
    read: async (query) => (made.get() === undefined ? [] : readFrom(db, query)),
    close: () => db.close(),
  };
}

/** Milliseconds that a command waits for a process that recovers the file. */
const READ_TIMEOUT = 3000;

/** The parts of a history in an open database, for the thread of the file. */
export function historyIn(db: DatabaseSync) {
  db.exec(`CREATE TABLE IF NOT EXISTS history (
    name TEXT NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL,
    ${KEYS.map((key) => `${key} TEXT NOT NULL`).join(", ")},
    ${MEASURES.map((measure) => `${measure} REAL NOT NULL`).join(", ")},
    PRIMARY KEY (name, step, at, ${KEYS.join(", ")})
  ) STRICT, WITHOUT ROWID`);
  const writer = new PeriodWriter(db);
  const oldest = db.prepare("SELECT min(at) AS at FROM history WHERE name = ? AND step = ?");
  const remove = db.prepare("DELETE FROM history WHERE name = ? AND step = ? AND at = ?");
  const expireOne = (name: string, step: HistoryStep, before: number): void => {
    for (let left = MOST_EXPIRED; left > 0; left--) {
      const at = oldest.get(name, STEPS[step])?.["at"];
      if (typeof at !== "number" || at + STEPS[step] > before) return;
      remove.run(name, STEPS[step], at);
    }
  };
  return {
    add: (batch: HistoryBatch) => inTransaction(db, () => writer.add(batch)),
    read: (query: StoredHistoryQuery) => readFrom(db, query),
    expire(now: number, retention: Retention) {
      for (const name of namesIn(db)) {
        for (const step of STEP_NAMES) expireOne(name, step, now - retention[step]);
      }
    },
  };
}

/** Periods of a table that one call removes: few, so that a clock that is wrong for minutes costs little. */
const MOST_EXPIRED = 3;

const KEYS = HISTORY_COLUMNS.slice(3, 3 + KEY_COLUMNS);

/** Adds rows to periods, and cuts periods with too many rows. */
class PeriodWriter {
  readonly #add: StatementSync;
  readonly #count: StatementSync;
  readonly #smallest: StatementSync;
  readonly #remove: StatementSync;
  /** Rows of periods at most: those counted, and those added since. */
  readonly #known = new Map<string, number>();

  constructor(db: DatabaseSync) {
    const marks = HISTORY_COLUMNS.map(() => "?").join(", ");
    const sums = MEASURES.map((name) => `${name} = ${name} + excluded.${name}`).join(", ");
    const period = "name = ? AND step = ? AND at = ?";
    const key = KEYS.map((name) => `${name} = ?`).join(" AND ");
    this.#add = db.prepare(
      `INSERT INTO history VALUES (${marks}) ON CONFLICT DO UPDATE SET ${sums}`,
    );
    this.#count = db.prepare(`SELECT count(*) AS rows FROM history WHERE ${period}`);
    this.#smallest = db.prepare(
      `SELECT * FROM history WHERE ${period} AND NOT (${key})
       ORDER BY requests DESC LIMIT -1 OFFSET ?`,
    );
    this.#remove = db.prepare(`DELETE FROM history WHERE ${period} AND ${key}`);
  }

  add({ at, tables }: HistoryBatch): void {
    if (this.#known.size > MOST_KNOWN) this.#known.clear();
    for (const { name, most, rows } of tables) {
      for (const step of STEP_NAMES) this.#addTo([name, step, startOf(step, at)], rows, most);
    }
  }

  #addTo(period: Period, rows: readonly HistoryAddition[], most: number): void {
    for (const row of rows) this.#addOne(period, row);
    const name = period.join(" ");
    const bound = 2 * mostRows(period[1], most);
    let known = (this.#known.get(name) ?? Infinity) + rows.length;
    if (known > bound) {
      known = Number(this.#count.get(...inSql(period))?.["rows"]);
      if (known > bound) known = this.#cut(period, bound / 2, rows[0]?.[0] ?? []);
    }
    this.#known.set(name, known);
  }

  #addOne(period: Period, [key, numbers]: HistoryAddition): void {
    this.#add.run(...inSql(period), ...filled(key), ...numbers);
  }

  /** Sums up all but the largest rows of a period; returns the number of rows. */
  #cut(period: Period, most: number, example: readonly string[]): number {
    const others = othersLike(example);
    const gone = this.#smallest.all(...inSql(period), ...filled(others), most);
    const numbers = MEASURES.map((name) => gone.reduce((sum, row) => sum + Number(row[name]), 0));
    for (const row of gone) {
      this.#remove.run(...inSql(period), ...KEYS.map((key) => String(row[key])));
    }
    this.#addOne(period, [others, numbers]);
    return most + 1;
  }
}

/** Periods whose number of rows is remembered, at most. */
const MOST_KNOWN = 500;

type Period = readonly [name: string, step: HistoryStep, at: number];

function inSql([name, step, at]: Period): [string, number, number] {
  return [name, STEPS[step], at];
}

function filled(key: readonly string[]): string[] {
  return KEYS.map((_, i) => key[i] ?? "");
}

/** The names of all tables, each found by a step in the primary key. */
function namesIn(db: DatabaseSync): string[] {
  const next = db.prepare("SELECT min(name) AS name FROM history WHERE name > ?");
  const names: string[] = [];
  for (;;) {
    const name = next.get(names.at(-1) ?? "")?.["name"];
    if (typeof name !== "string") return names;
    names.push(name);
  }
}

function readFrom(db: DatabaseSync, query: StoredHistoryQuery): StoredHistoryRow[] {
  const { table, step, from, to, isSplit, by, where, measures, order, limit } = query;
  const keys = by.map((column) => KEYS[column] ?? "''");
  const start = isSplit ? ["at"] : [];
  const grouped = [...start, ...keys];
  const names = MEASURES.filter((_, i) => measures.includes(i) || i === order);
  const sums = names.map((name) => `sum(${name}) AS ${name}`);
  const sorted = [...start, `${MEASURES[order] ?? "requests"} DESC`, ...keys];
  const rows = db
    .prepare(
      `SELECT ${[...grouped.map((name, i) => `${name} AS g${i}`), ...sums].join(", ")}
       FROM ${rowsOf(by, where, sums)}
       ${grouped.length === 0 ? "HAVING count(*) > 0" : `GROUP BY ${grouped.join(", ")}`}
       ORDER BY ${sorted.join(", ")} LIMIT ?`,
    )
    .all(table, STEPS[step], from, to, ...where.flatMap(({ values }) => values), limit);
  return rows.map((row) => ({
    at: isSplit ? Number(row["g0"]) : from,
    key: keys.map((_, i) => String(row[`g${i + start.length}`])),
    numbers: MEASURES.map((name, i) => (measures.includes(i) ? Number(row[name]) : 0)),
  }));
}

/**
 * The rows that a query sums up. Those that agree in the first columns are next to each other in the
 * file, so SQLite adds them up without sorting; it then sorts only these sums by the query's columns.
 */
function rowsOf(
  by: StoredHistoryQuery["by"],
  where: StoredHistoryQuery["where"],
  sums: readonly string[],
): string {
  const conditions = where.map(
    ({ column, values }) => `AND ${KEYS[column] ?? "''"} IN (${values.map(() => "?").join(", ")})`,
  );
  const rows = `history WHERE name = ? AND step = ? AND at >= ? AND at < ? ${conditions.join(" ")}`;
  const last = Math.max(-1, ...by);
  // With later columns, there are nearly as many sums as rows.
  if (by.length === 0 || last > KEYS.length / 2) return rows;
  const first = ["at", ...KEYS.slice(0, last + 1)].join(", ");
  return `(SELECT ${first}, ${sums.join(", ")} FROM ${rows} GROUP BY ${first})`;
}
