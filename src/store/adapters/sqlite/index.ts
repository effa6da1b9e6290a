/** Stores in one SQLite file of this machine: `wayleave/store/sqlite`. */
export {
  lastingSqliteReplay,
  lastingSqliteStore,
  type LastingSqliteOptions,
  type SqliteEvent,
} from "./lasting-store.ts";
export { sqliteReplay } from "./replay.ts";
export { sqliteStore, type SqliteStoreOptions } from "./store.ts";
