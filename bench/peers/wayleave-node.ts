import { FEATURES } from "../../src/features.ts";
import { readFileSync } from "node:fs";
import process from "node:process";
import { nodeDeltaCodecs, nodePlainCodecs } from "../../src/runtime/node/codecs.ts";
import { loadRules } from "../../src/rules/load.ts";
import { NODE_DECODABLE } from "../../src/runtime/node/content-decoder.ts";
import { serve } from "../../src/runtime/node/server.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { processMemory } from "../../src/memory/budget.ts";
import { memoryStore } from "../../src/store/memory.ts";

/**
 * Arguments: rules (a file name without extension, "off", or a text), the administrator's token, the budget
 * in MiB.
 */
const [origin = "", port, rules = "default", adminToken, budget] = process.argv.slice(2);
const read = (name: string): string =>
  readFileSync(new URL(`../../rules/${name}.jsonc`, import.meta.url), "utf8");
const text = rules.startsWith("{") ? rules : rules === "off" ? "{}" : read(rules);
await serve(
  {
    ...loadRules(text, "rules", read("bots"), () => undefined, FEATURES),
    dev: false,
    originServer: origin,
  },
  {
    store: memoryStore(),
    engine: streamEngine,
    codecs: nodeDeltaCodecs(),
    plain: nodePlainCodecs(),
    decodable: NODE_DECODABLE,
    fetchDirectory: () => Promise.reject(new Error("no network here")),
    now: () => Math.floor(Date.now() / 1000),
    adminToken,
    log: { warn: () => {}, info: () => {} },
  },
  { port: Number(port), host: "127.0.0.1" },
);
if (budget !== undefined) processMemory.resize(Number(budget) * 1024 * 1024);
