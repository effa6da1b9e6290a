/** Stores in one SQLite file of this machine: `wayleave/store/sqlite`. */
export { lastingSqliteAccounts, sqliteAccounts } from "./accounts.ts";
export { lastingSqliteHistory, sqliteHistoryToRead } from "./history.ts";
export {
  lastingSqliteRates,
  lastingSqliteReplay,
  lastingSqliteStore,
  type LastingSqliteOptions,
  type SqliteEvent,
} from "./lasting-store.ts";
export { sqliteRates } from "./rates.ts";
export { sqliteReplay } from "./replay.ts";
export { sqliteStore, type SqliteStoreOptions } from "./store.ts";
