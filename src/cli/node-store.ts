import { statSync } from "node:fs";
import { dirname, join } from "node:path";
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
    return openFile(join(folder, "wayleave.sqlite"), options, true);
  }
  if (choice.kind === "sqlite") return openFile(choice.path, options);
  return openRedis(choice.url, options);
}

/** Opens a store only to read it. Rejects with a UsageError if the store is unusable. */
export async function openStoreToRead(
  choice: StoreChoice,
  options: NodeStoreOptions,
): Promise<Store> {
  if (choice.kind === "redis") return (await openRedis(choice.url, options)).store;
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
  const replay = join(dirname(path), "replay.sqlite");
  const rates = join(dirname(path), "rates.sqlite");
  const fine = { ...options, now: () => Date.now() / 1000 };
  return {
    store: lastingSqliteStore(path, options),
    openReplay: () => lastingSqliteReplay(replay, options),
    rates: lazyRates(() => lastingSqliteRates(rates, fine)),
  };
}

async function openRedis(url: string, { now, log }: NodeStoreOptions): Promise<NodeStore> {
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
  return { store, openReplay: () => store.replay, rates: store.rates };
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
