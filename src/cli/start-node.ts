import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readOwnKeys } from "../agent/own-directory.ts";
import { nodeDeltaCodecs } from "../runtime/node/delta-codecs.ts";
import { NODE_DECODABLE } from "../runtime/node/origin-body.ts";
import { nodeIdentity } from "../runtime/node/identity.ts";
import { serve } from "../runtime/node/server.ts";
import { streamEngine } from "../stages/markdown/stream/index.ts";
import { sqliteReplay } from "../store/replay-sqlite.ts";
import { loadTurndown } from "../runtime/node/turndown.ts";
import { sqliteStore } from "../store/sqlite.ts";
import { jsonLog } from "../telemetry/log.ts";
import type { Started, StartOptions } from "./start-options.ts";

/** Starts the proxy on Node, with its store in one SQLite file. */
export async function startRuntime(options: StartOptions): Promise<Started> {
  mkdirSync(options.dataFolder, { recursive: true });
  const identity = nodeIdentity(options);
  return serve(
    {
      rules: options.rules,
      bots: options.bots,
      dev: options.dev,
      originServer: options.origin,
      ownKeys: options.ownKeys && readOwnKeys(options.ownKeys.text, options.ownKeys.from),
    },
    {
      store: sqliteStore(join(options.dataFolder, "wayleave.sqlite"), now),
      engine: streamEngine,
      loadTurndown: () => loadTurndown(options.turndown),
      codecs: nodeDeltaCodecs(),
      decodable: NODE_DECODABLE,
      ...identity,
      fetchList: options.prefetches ? identity.fetchList : undefined,
      readList: options.readList,
      replay:
        options.rules.agents.replay === false
          ? undefined
          : sqliteReplay(join(options.dataFolder, "replay.sqlite"), now),
      now,
      log: jsonLog((line) => console.error(line), now),
    },
    { port: options.port, host: "127.0.0.1" },
  );
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
