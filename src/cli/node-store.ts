import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  lastingSqliteRates,
  lastingSqliteReplay,
  lastingSqliteStore,
  type SqliteEvent,
} from "../store/adapters/sqlite/lasting-store.ts";
import { messageOf } from "../store/failures/reported.ts";
import { lazyRates, type RateStore } from "../store/rates.ts";
import type { ReplayStore } from "../store/replay.ts";
import { sqliteStore } from "../store/adapters/sqlite/store.ts";
import type { Store } from "../store/store.ts";
import { lazyAccounts, type AccountStore } from "../store/accounts.ts";
import { lastingSqliteAccounts, sqliteAccounts } from "../store/adapters/sqlite/accounts.ts";
import { lastingSqliteHistory, sqliteHistoryToRead } from "../store/adapters/sqlite/history.ts";
import type { HistoryStore } from "../store/history.ts";
import type { Log } from "../telemetry/log.ts";
import { loadOptional } from "./optional-packages.ts";
import type { StoreChoice } from "./store-choice.ts";
import { UsageError } from "./usage.ts";

interface NodeStore {
  readonly store: Store;
  /** Opens the store of nonces, which only `agents.replay` needs. */
  readonly openReplay: () => ReplayStore;
  /** Counts for limits; opened at its first use, since only `access` with a limit needs it. */
  readonly rates: RateStore;
  /** The ledger, opened at its first use, or by `checkLedger`. */
  readonly accounts: AccountStore;
  /** Opens the history of requests: in the file of the store, or in one of this machine. */
  readonly openHistory: () => HistoryStore;
}

interface NodeStoreOptions {
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Opens the store of `--store`. If it is unusable or unreachable, the log reports that, and the
 * proxy serves without. Rejects with a UsageError if a Redis server refuses the credentials.
 *
 * @param choice @default a file in `folder`, which is created, and which only its owner can read
 */
export async function openNodeStore(
  choice: StoreChoice | undefined,
  folder: string,
  options: NodeStoreOptions,
): Promise<NodeStore> {
  if (choice === undefined) {
    return openFile(join(folder, DEFAULT_NAME), options, true);
  }
  if (choice.kind === "sqlite") return openFile(choice.path, options);
  return openRedis(choice.url, folder, options);
}

/** Opens a store only to read it. Rejects with a UsageError if the store is unusable. */
export async function openStoreToRead(
  choice: StoreChoice,
  options: NodeStoreOptions,
): Promise<Store> {
  if (choice.kind === "redis") return (await openRedis(choice.url, "", options)).store;
  if (statSync(choice.path, { throwIfNoEntry: false }) === undefined) {
    throw new UsageError(`the store ${choice.path} does not exist`);
  }
  try {
    return sqliteStore(choice.path, options.now, { countsUse: false });
  } catch (error) {
    throw new UsageError(`can't use the store ${choice.path}: ${messageOf(error)}`);
  }
}

function openFile(path: string, { now, log }: NodeStoreOptions, makesFolder = false): NodeStore {
  const options = { now, tell: (event: SqliteEvent) => tell(log, event), makesFolder };
  const replay = fileBeside(path, "replay");
  const rates = fileBeside(path, "rates");
  const fine = { ...options, now: () => Date.now() / 1000 };
  return {
    store: lastingSqliteStore(path, options),
    openReplay: () => lastingSqliteReplay(replay, options),
    rates: lazyRates(() => lastingSqliteRates(rates, fine)),
    accounts: lazyAccounts(async () => lastingSqliteAccounts(ledgerBeside(path), options)),
    openHistory: () => openHistory(path, { now, log }, makesFolder),
  };
}

/** @param folder for the history, which each machine of a fleet has of its own */
async function openRedis(
  url: string,
  folder: string,
  { now, log }: NodeStoreOptions,
): Promise<NodeStore> {
  // The Redis client is loaded only if it is needed.
  const { redisStore } = await loadOptional(
    "redis",
    () => import("../store/adapters/redis/index.ts"),
  );
  const store = redisStore({
    url,
    now,
    onDown: (reason) => log.warn("store-down", { reason }),
    onUp: () => log.info("store-up", {}),
  });
  const failure = await store.opened;
  if (failure !== undefined && REFUSAL.test(failure.message)) {
    store.close?.();
    throw new UsageError(`the Redis server refused the connection: ${failure.message}`);
  }
  const accounts = lazyAccounts(() => openRedisAccounts(url, log));
  return {
    store,
    openReplay: () => store.replay,
    rates: store.rates,
    accounts,
    openHistory: () => openHistory(join(folder, HISTORY_FILE), { now, log }, true),
  };
}

/** The file of the history if the store is no file. */
export const HISTORY_FILE = "history.sqlite";

/**
 * Opens the history of a store only to read it, also while a proxy writes it. Rejects with a
 * UsageError if there is none.
 *
 * @param folder of the history if the store is no file
 */
export function openHistoryToRead(choice: StoreChoice, folder: string) {
  const path = choice.kind === "sqlite" ? choice.path : join(folder, HISTORY_FILE);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new UsageError(`there is no history ${path}`);
  }
  try {
    return sqliteHistoryToRead(path);
  } catch (error) {
    throw new UsageError(`can't read the history ${path}: ${messageOf(error)}`);
  }
}

function openHistory(path: string, { now, log }: NodeStoreOptions, makesFolder: boolean) {
  const tellOfHistory = (event: SqliteEvent): void => {
    const { kind, file } = event;
    if (kind === "up") log.info("history-up", { file });
    else if (kind === "down") log.warn("history-down", { file, reason: event.why });
    // The file may be that of the store, and either can find the damage first.
    else tell(log, event);
  };
  return lastingSqliteHistory(path, { now, tell: tellOfHistory, makesFolder });
}

/** The name of the store that `wayleave start` makes without --store. */
const DEFAULT_NAME = "wayleave.sqlite";

/** A file beside that of the store, which no other store of the folder uses. */
function fileBeside(store: string, part: "ledger" | "rates" | "replay"): string {
  const name = basename(store);
  if (name === DEFAULT_NAME) return join(dirname(store), `${part}.sqlite`);
  const own = name.endsWith(".sqlite") ? `${name.slice(0, -".sqlite".length)}.` : `${name}-`;
  return join(dirname(store), `${own}${part}.sqlite`);
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

/**
 * The file of the ledger, beside that of the store: to delete the one must not delete the other. Throws
 * a UsageError if the folder has the ledger that earlier versions shared among the stores of a folder.
 */
function ledgerBeside(store: string): string {
  const path = fileBeside(store, "ledger");
  const folder = dirname(store);
  const shared = join(folder, "ledger.sqlite");
  if (isThere(path) || !isThere(shared) || isThere(join(folder, DEFAULT_NAME))) return path;
  throw new UsageError(
    `the ledger of this store is ${path} now: stop all proxies, and rename ${shared}, with -wal and -shm`,
  );
}

/** Opens accounts on a Redis server. Rejects with a UsageError if it must not hold money. */
async function openRedisAccounts(url: string, log?: Log): Promise<AccountStore> {
  const { redisAccounts } = await loadOptional(
    "redis",
    () => import("../store/adapters/redis/accounts.ts"),
  );
  const accounts = redisAccounts({
    url,
    onDown: (reason) => log?.warn("ledger-down", { reason }),
    onUp: () => log?.info("ledger-up", {}),
  });
  const fault = await accounts.fault().catch((error: unknown) => messageOf(error));
  if (fault === undefined) return accounts;
  accounts.close?.();
  throw new UsageError(`the Redis server can't be the ledger of charges: ${fault}`);
}

/**
 * Opens the accounts of a store for a command, in this thread. Rejects with a UsageError if they are
 * unusable, or do not exist and are only to be read.
 */
export async function openAccounts(
  choice: StoreChoice,
  how: "read" | "write",
): Promise<AccountStore> {
  if (choice.kind === "redis") return openRedisAccounts(choice.url);
  const path = ledgerBeside(choice.path);
  if (how === "read" && !isThere(path)) {
    throw new UsageError(`there is no ledger ${path}`);
  }
  try {
    return sqliteAccounts(path);
  } catch (error) {
    throw new UsageError(`can't use the ledger ${path}: ${messageOf(error)}`);
  }
}

/** Redis errors for wrong credentials, and for a database number that is too high. */
const REFUSAL = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR .*(?:AUTH|DB index))/i;

function tell(log: Log, event: SqliteEvent): void {
  const { kind, file } = event;
  if (kind === "up") log.info("store-up", { file });
  else if (kind === "down") {
    log.warn("store-down", { file, reason: event.why, uses: USES[event.means] });
  } else log.warn("store-set-aside", { file, as: event.as, reason: event.why });
}

const USES = { memory: "memory", "no-writes": "what is stored already" } as const;
