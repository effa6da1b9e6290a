/** Stores in one SQLite file of this machine: `wayleave/store/sqlite`. */
export {
  lastingSqliteReplay,
  lastingSqliteStore,
  type LastingSqliteOptions,
  type SqliteEvent,
} from "../lasting-sqlite.ts";
export { sqliteReplay } from "../replay-sqlite.ts";
export { sqliteStore, type SqliteStoreOptions } from "../sqlite.ts";
