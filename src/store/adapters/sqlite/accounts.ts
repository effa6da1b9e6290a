import type { DatabaseSync, StatementSync } from "node:sqlite";
import { SqlAccounts, type SqlDatabase } from "../../account-sql.ts";
import type { AccountStore } from "../../accounts.ts";
import { faultOf } from "./fault.ts";
import { close, inTransaction, openDatabase } from "./open.ts";
import type { LastingSqliteOptions } from "./lasting-store.ts";
import { DatabaseThread } from "./thread.ts";

/**
 * Creates accounts in one SQLite file, whose writes are on the disk before a promise resolves; several
 * processes may share the file. Never throws. While the file is damaged, full, locked, read-only or
 * missing, every call rejects: memory never replaces it, and a damaged file stays where it is.
 *
 * @param path of the file
 */
export function lastingSqliteAccounts(
  path: string,
  options: Omit<LastingSqliteOptions, "maxBytes">,
): AccountStore {
  const thread = new DatabaseThread<object>({ ...options, path, holds: "accounts" });
  return {
    peek: (request) => thread.call("accounts", "peek", request),
    charge: (request) => thread.call("accounts", "charge", request),
    follow: (sequel) => thread.call("accounts", "follow", sequel),
    deposit: (deposit) => thread.call("accounts", "deposit", deposit),
    limit: (account, currency, credit) =>
      thread.call("accounts", "limit", account, currency, credit),
    balances: (query) => thread.call("accounts", "balances", query),
    entries: (query) => thread.call("accounts", "entries", query),
    close: () => thread.close(),
  };
}

/**
 * Opens accounts in one SQLite file in this thread, for a command. Throws if the file is damaged,
 * locked or can't be opened.
 */
export function sqliteAccounts(path: string): AccountStore {
  return openPatiently(path, (db) => {
    const accounts = accountsIn(db);
    return {
      peek: async (request) => accounts.peek(request),
      charge: async (request) => accounts.charge(request),
      follow: async (sequel) => accounts.follow(sequel),
      deposit: async (deposit) => accounts.deposit(deposit),
      limit: async (account, currency, credit) => accounts.limit(account, currency, credit),
      balances: async (query) => accounts.balances(query),
      entries: async (query) => accounts.entries(query),
      close: () => close(db),
    };
  });
}

/** Attempts to open a file that is locked, and milliseconds between them. */
const ATTEMPTS = 30;
const PAUSE = 100;

/** Opens a database while other processes open it, too: SQLite does not wait for each of its locks. */
function openPatiently<Part>(path: string, build: (db: DatabaseSync) => Part): Part {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return openDatabase(path, build);
    } catch (error) {
      if (left === 0 || faultOf(error) !== "busy") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

/** A charge waits longer for another process's write than a cache would: seconds count less than money. */
const WAIT = "PRAGMA busy_timeout = 3000";

/** The accounts in an open database. */
export function accountsIn(db: DatabaseSync): SqlAccounts {
  // NORMAL may lose the last commits if the machine crashes.
  db.exec("PRAGMA synchronous = FULL");
  const prepared = new Map<string, StatementSync>();
  const sql: SqlDatabase = {
    run(statement, ...values) {
      let known = prepared.get(statement);
      if (known === undefined) prepared.set(statement, (known = db.prepare(statement)));
      return known.all(...values);
    },
    atomically(act) {
      db.exec(WAIT);
      return inTransaction(db, act);
    },
  };
  return new SqlAccounts(sql);
}
