// The proxy on Node with all features, in a process that watches its own event loop: the CPU time that
// the main thread takes between two turns of it, which no other process makes longer. fork(this, [origin, rules]).
import { readFileSync } from "node:fs";
import process from "node:process";
import { turndownBy } from "../../src/cli/turndown.ts";
import { FEATURES } from "../../src/features.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { loadRules } from "../../src/rules/load.ts";
import { NODE_DECODABLE } from "../../src/runtime/node/content-decoder.ts";
import { nodeDeltaCodecs, nodePlainCodecs } from "../../src/runtime/node/codecs.ts";
import { serve } from "../../src/runtime/node/server.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { threadClock } from "./thread-clock.ts";

/** What the parent may say. */
export type Command = "watch" | "calibrate" | "unwatch" | "heap";

let isWatching = false;
let longest = 0;
let last = 0;

function turn(): void {
  const now = threadClock();
  longest = Math.max(longest, now - last);
  last = now;
  if (isWatching) setImmediate(turn);
}

const KNOWN = JSON.stringify(Array.from({ length: 25_000 }, (_, id) => ({ id, name: `no ${id}` })));

/** A synchronous step that takes about 10 ms on a machine of 2024, compiled ahead unlike our own code. */
function knownWork(): unknown {
  return JSON.parse(KNOWN);
}

/** Steps of one measurement: the kernel may count the time of a thread in whole ticks of some milliseconds. */
const STEPS = 10;

const [origin = "", rules = "{}"] = process.argv.slice(2);
const bots = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");
const now = (): number => Math.floor(Date.now() / 1000);
const server = await serve(
  {
    ...loadRules(rules, "rules", bots, () => undefined, FEATURES),
    dev: false,
    originServer: origin,
  },
  {
    store: memoryStore(),
    engine: streamEngine,
    loadTurndown: turndownBy({}),
    codecs: nodeDeltaCodecs(),
    plain: nodePlainCodecs(),
    decodable: NODE_DECODABLE,
    fetchDirectory: () => Promise.reject(new Error("no directory")),
    now,
    log: { warn: () => {}, info: () => {} },
  },
  { port: 0, host: "127.0.0.1" },
);

/** Bytes in use after collections of young objects only; needs `--expose-gc`. */
function usedAfterScavenges(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.({ type: "minor", execution: "sync" });
  return process.memoryUsage().heapUsed;
}

process.on("message", (command: Command) => {
  if (command === "heap") {
    process.send?.(usedAfterScavenges());
    return;
  }
  if (command === "calibrate") {
    const before = threadClock();
    for (let i = 0; i < STEPS; i++) knownWork();
    process.send?.((threadClock() - before) / STEPS);
    return;
  }
  if (command === "watch") {
    isWatching = true;
    longest = 0;
    last = threadClock();
    setImmediate(turn);
    process.send?.(0);
    return;
  }
  isWatching = false;
  process.send?.(longest);
});
process.on("disconnect", () => process.exit());
process.send?.(server.url);
