import { readFileSync } from "node:fs";
import process from "node:process";
import { nodeDeltaCodecs } from "../../src/runtime/node/delta-codecs.ts";
import { loadRules } from "../../src/rules/load.ts";
import { NODE_DECODABLE } from "../../src/runtime/node/origin-body.ts";
import { serve } from "../../src/runtime/node/server.ts";
import { streamEngine } from "../../src/stages/markdown/stream/index.ts";
import { memoryStore } from "../../src/store/memory.ts";

const [origin = "", port, rules = "default"] = process.argv.slice(2);
const read = (name: string): string =>
  readFileSync(new URL(`../../rules/${name}.jsonc`, import.meta.url), "utf8");
await serve(
  {
    ...loadRules(rules === "off" ? "{}" : read(rules), rules, read("bots"), () => undefined),
    dev: false,
    originServer: origin,
  },
  {
    store: memoryStore(),
    engine: streamEngine,
    codecs: nodeDeltaCodecs(),
    decodable: NODE_DECODABLE,
    fetchDirectory: () => Promise.reject(new Error("no network here")),
    now: () => Math.floor(Date.now() / 1000),
    log: { warn: () => {}, info: () => {} },
  },
  { port: Number(port), host: "127.0.0.1" },
);
