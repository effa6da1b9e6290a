import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { HISTORY_COLUMNS } from "../../history.ts";
import { ForeignDatabase } from "./fault.ts";

/** The mark in the header of our files: "wayl". */
const APPLICATION_ID = 0x77_61_79_6c;

/** Tables of this program and of its version 0.1.0 (`blobs`), with their columns by name. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  texts: ["expires,key,value"],
  blob: ["again,expires,hash,id,size,used", "expires,hash,id,size,used"],
  blob_content: ["content,id"],
  blobs: ["content,expires,hash"],
  ledger: ["expires,key,owner,value"],
  claims: ["expires,key,owner"],
  seen: ["key,until"],
  rates: ["expires,key,used"],
  slots: ["expires,key,slot"],
  account_entries: [
    "account,amount,at,charge,content,currency,effect,key,kind,open,reference,rule,seq,url,via",
  ],
  account_balances: ["account,currency,micros"],
  account_limits: ["account,currency,micros"],
  account_uses: ["account,name,until,used"],
  history: [HISTORY_COLUMNS.toSorted().join(",")],
};

/** Milliseconds that a writer waits for another process's write. */
export const BUSY_TIMEOUT = 500;

/**
 * Opens and prepares a database file. Throws if it can't be used.
 *
 * @param path of the file, whose folder must exist, or ":memory:"
 * @param build creates the object that operations use
 * @param busyTimeout milliseconds to wait for a lock while it is opened
 * @param onFault called with the fault while the file is still open
 */
export function openDatabase<Part>(
  path: string,
  build: (db: DatabaseSync) => Part,
  busyTimeout = BUSY_TIMEOUT,
  onFault: (error: unknown) => void = () => {},
): Part {
  const db = connect(path);
  try {
    makeReady(db, busyTimeout);
    const part = build(db);
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    return part;
  } catch (error) {
    onFault(error);
    close(db);
    throw error;
  }
}

/** Makes some changes together, or none of them. */
export function inTransaction<T>(db: DatabaseSync, act: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = act();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // After a full disk, SQLite has rolled back already.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

export function close(db: DatabaseSync | undefined): void {
  try {
    db?.close();
  } catch {
    // The database is closed already, or its file is missing.
  }
}

/**
 * Opens a database file, or creates one that only its owner can read; SQLite creates `-wal` and
 * `-shm` with the same mode. Does not read the file yet.
 */
function connect(path: string): DatabaseSync {
  if (path !== ":memory:") closeSync(openSync(path, "a", 0o600));
  return new DatabaseSync(path);
}

/**
 * Prepares a database for our tables. Throws a ForeignDatabase, without a change, if it belongs to
 * another program.
 *
 * @param busyTimeout milliseconds to wait for a lock
 */
function makeReady(db: DatabaseSync, busyTimeout: number): void {
  db.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
  const isMarked = belongsToUs(db);
  // auto_vacuum must precede the first write; it returns freed pages to the disk.
  db.exec(`
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA journal_size_limit = 67108864;
  `);
  if (!isMarked) mark(db);
}

/** Whether the file has our mark; without the mark, it may have only tables of ours. */
function belongsToUs(db: DatabaseSync): boolean {
  const id = db.prepare("PRAGMA application_id").get()?.["application_id"];
  if (id !== 0 && id !== APPLICATION_ID) throw foreign();
  const tables = db
    .prepare(
      `SELECT name, (SELECT group_concat(name) FROM (
         SELECT name FROM pragma_table_info(sqlite_master.name) ORDER BY name)) AS columns
       FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all() as unknown as readonly { readonly name: string; readonly columns: string }[];
  for (const { name, columns } of tables) {
    if (!Object.hasOwn(TABLES, name) || !TABLES[name]?.includes(columns)) throw foreign();
  }
  return id === APPLICATION_ID;
}

function mark(db: DatabaseSync): void {
  try {
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  } catch {
    // A read-only file of version 0.1.0, which its tables identify.
  }
}

function foreign(): ForeignDatabase {
  return new ForeignDatabase("the file is a database of another program or version");
}
