import { join } from "node:path";
import { readOwnKeys } from "../agent/own-directory.ts";
import { nodeDeltaCodecs } from "../runtime/node/delta-codecs.ts";
import { NODE_DECODABLE } from "../runtime/node/origin-body.ts";
import { nodeIdentity } from "../runtime/node/identity.ts";
import { serve } from "../runtime/node/server.ts";
import { streamEngine } from "../stages/markdown/stream/index.ts";
import { loadTurndown } from "../runtime/node/turndown.ts";
import { jsonLog } from "../telemetry/log.ts";
import { openNodeStore } from "./node-store.ts";
import type { Started, StartOptions } from "./start-options.ts";

/** Starts the proxy on Node, with its store in one SQLite file where no other is asked for. */
export async function startRuntime(options: StartOptions): Promise<Started> {
  const log = jsonLog((line) => console.error(line), now);
  const file = { kind: "sqlite", path: join(options.dataFolder, "wayleave.sqlite") } as const;
  const { store, openReplay } = await openNodeStore(options.store ?? file, { now, log });
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
      store,
      engine: streamEngine,
      loadTurndown,
      codecs: nodeDeltaCodecs(),
      decodable: NODE_DECODABLE,
      ...identity,
      fetchList: options.prefetches ? identity.fetchList : undefined,
      readList: options.readList,
      replay: options.rules.agents.replay === false ? undefined : openReplay(),
      now,
      log,
    },
    { port: options.port, host: options.host },
  );
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
