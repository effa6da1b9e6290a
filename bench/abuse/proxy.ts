// The proxy of the abuse bench, as started by `wayleave start` on Node, except that the bench's own server
// provides key directories, and this file DNS names. Reports its CPU time on request.
import { join } from "node:path";
import { readFileSync } from "node:fs";
import process from "node:process";
import type { DnsAnswer } from "../../src/agent/dns-resolver.ts";
import { FEATURES } from "../../src/features.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { loadRules } from "../../src/rules/load.ts";
import { NODE_DECODABLE } from "../../src/runtime/node/content-decoder.ts";
import { nodeDeltaCodecs, nodePlainCodecs } from "../../src/runtime/node/codecs.ts";
import { serve } from "../../src/runtime/node/server.ts";
import { lastingSqliteStore } from "../../src/store/adapters/sqlite/lasting-store.ts";

/** A message to the bench. */
export type Told = { readonly url: string } | { readonly cpu: number; readonly lookups: number };

const [origin = "", rules = "{}", folder = ""] = process.argv.slice(2);
const bots = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");
const now = (): number => Math.floor(Date.now() / 1000);
let lookups = 0;

const server = await serve(
  {
    ...loadRules(rules, "rules", bots, () => undefined, FEATURES),
    dev: false,
    originServer: origin,
  },
  {
    store: lastingSqliteStore(join(folder, "store.sqlite"), {
      now,
      tell: () => {},
    }),
    engine: streamEngine,
    codecs: nodeDeltaCodecs(),
    plain: nodePlainCodecs(),
    decodable: NODE_DECODABLE,
    fetchDirectory: (url, init) => fetch(`${origin}/__directory/${url}`, init),
    dns: () => ({
      async lookUp(name, type): Promise<DnsAnswer> {
        lookups += 1;
        const values = type === "PTR" ? [`${name.length}.attacker.example`] : ["192.0.2.1"];
        return { kind: "records", values, ttl: 60 };
      },
    }),
    adminToken: "a token that nobody knows, of some length",
    now,
    log: { warn: () => {}, info: () => {} },
  },
  { port: 0, host: "127.0.0.1" },
);

const tell = (told: Told): void => void process.send?.(told);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  tell({ cpu: user + system, lookups });
});
process.on("disconnect", () => process.exit());
tell({ url: server.url });
