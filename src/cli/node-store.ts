import { chmodSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  lastingSqliteReplay,
  lastingSqliteStore,
  type SqliteEvent,
} from "../store/adapters/sqlite/lasting-store.ts";
import type { ReplayStore } from "../store/replay.ts";
import { sqliteStore } from "../store/adapters/sqlite/store.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import { loadOptional } from "./optional-packages.ts";
import type { StoreChoice } from "./store-choice.ts";
import { UsageError } from "./usage.ts";

/** What a proxy on Node stores things in. */
export interface NodeStore {
  readonly store: Store;
  /** Opens the memory of nonces, which few need. */
  readonly openReplay: () => ReplayStore;
}

interface NodeStoreOptions {
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** Opens the default store: a file in a folder that is made if need be, for its owner alone. */
export function openDefaultStore(folder: string, options: NodeStoreOptions): NodeStore {
  return openFile(join(folder, "wayleave.sqlite"), options, () => makePrivateFolder(folder));
}

/**
 * Opens the store of `--store`. A file that can't be used, or a Redis server that can't be reached, is
 * told of in the log, and does not keep the proxy from serving. A server that refuses our credentials
 * is the operator's mistake: a UsageError.
 */
export async function openNodeStore(
  choice: StoreChoice,
  options: NodeStoreOptions,
): Promise<NodeStore> {
  if (choice.kind === "sqlite") return openFile(choice.path, options);
  return openRedis(choice.url, options);
}

/** Opens a store to look into it: one that can't be used is the operator's to mend. */
export async function openStoreToRead(
  choice: StoreChoice,
  options: NodeStoreOptions,
): Promise<Store> {
  if (choice.kind === "redis") return (await openRedis(choice.url, options)).store;
  if (statSync(choice.path, { throwIfNoEntry: false }) === undefined) {
    throw new UsageError(`there is no store at ${choice.path}`);
  }
  try {
    return sqliteStore(choice.path, options.now, { countsUse: false });
  } catch (error) {
    throw new UsageError(`can't use the store ${choice.path}: ${messageOf(error)}`);
  }
}

function openFile(path: string, { now, log }: NodeStoreOptions, prepare?: () => void): NodeStore {
  const options = { now, tell: (event: SqliteEvent) => tell(log, event), prepare };
  const replay = join(dirname(path), "replay.sqlite");
  return {
    store: lastingSqliteStore(path, options),
    openReplay: () => lastingSqliteReplay(replay, options),
  };
}

async function openRedis(url: string, { now, log }: NodeStoreOptions): Promise<NodeStore> {
  // The client's code is loaded only here, where one asks for it.
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
    throw new UsageError(`the store refused: ${failure.message}`);
  }
  return { store, openReplay: () => store.replay };
}

/** What Redis says to a client with wrong credentials, or if the number of the database is too high. */
const REFUSAL = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR .*(?:AUTH|DB index))/i;

function tell(log: Log, event: SqliteEvent): void {
  const { file } = event;
  switch (event.kind) {
    case "set-aside":
      log.warn("store-set-aside", { file, as: event.as, reason: event.why });
      break;
    case "down":
      log.warn("store-down", {
        file,
        reason: event.why,
        uses: USES[event.means],
      });
      break;
    case "up":
      log.info("store-up", { file });
      break;
  }
}

const USES = { memory: "memory", "no-writes": "what is stored already" } as const;

/** Makes a folder, and the one that it is in, for their owner alone. */
function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // An earlier version has made them for everyone to read.
  for (const each of [dirname(folder), folder]) chmodSync(each, 0o700);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
