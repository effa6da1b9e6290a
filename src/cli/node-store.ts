import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { sqliteReplay } from "../store/replay-sqlite.ts";
import type { ReplayStore } from "../store/replay.ts";
import { sqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { StoreChoice } from "./store-choice.ts";
import { UsageError } from "./usage.ts";

/** What a proxy on Node keeps things in. */
export interface NodeStore {
  readonly store: Store;
  /** Opens the memory of nonces, which few need. */
  readonly openReplay: () => ReplayStore;
}

/**
 * Opens the store. A Redis server that can't be reached is told of in the log, and does not keep the
 * proxy from serving; one that refuses whom we say we are is a mistake to be told at once.
 */
export async function openNodeStore(
  choice: StoreChoice,
  { now, log }: { readonly now: () => number; readonly log: Log },
): Promise<NodeStore> {
  if (choice.kind === "sqlite") {
    const folder = dirname(choice.path);
    mkdirSync(folder, { recursive: true });
    return {
      store: sqliteStore(choice.path, now),
      openReplay: () => sqliteReplay(join(folder, "replay.sqlite"), now),
    };
  }
  // The client's code is loaded only here, where one asks for it.
  const { redisStore } = await import("../store/redis.ts");
  const store = redisStore({
    url: choice.url,
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

/** What Redis says to who may not come in, or asks for a database that there is none of. */
const REFUSAL = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR .*(?:AUTH|DB index))/i;
