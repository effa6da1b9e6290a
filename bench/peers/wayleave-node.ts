import { FEATURES } from "../../src/features.ts";
import { readFileSync } from "node:fs";
import process from "node:process";
import { nodeDeltaCodecs, nodePlainCodecs } from "../../src/runtime/node/codecs.ts";
import { loadRules } from "../../src/rules/load.ts";
import { NODE_DECODABLE } from "../../src/runtime/node/content-decoder.ts";
import { serve } from "../../src/runtime/node/server.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { nodeTelemetry } from "../../src/runtime/node/telemetry.ts";
import { lastingSqliteHistory } from "../../src/store/adapters/sqlite/history.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { processMemory } from "../../src/memory/budget.ts";
import { redisAccounts } from "../../src/store/adapters/redis/accounts.ts";
import { redisStore } from "../../src/store/adapters/redis/index.ts";
import { lastingSqliteAccounts } from "../../src/store/adapters/sqlite/accounts.ts";
import { lastingSqliteRates } from "../../src/store/adapters/sqlite/lasting-store.ts";
import type { AccountStore } from "../../src/store/accounts.ts";
import { memoryAccounts } from "../../src/store/memory-accounts.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { RateStore } from "../../src/store/rates.ts";

/**
 * Arguments: rules (a file name without extension, "off", or a text), the administrator's token, the budget
 * in MiB, the store of limits (a Redis URL, or the path of a SQLite file; memory if it is left out), the ledger of charges ("memory",
 * a Redis URL, or the path of a SQLite file; none if it is left out), the file of the history, and the
 * port of a second proxy in this process, which has history and metrics (neither if they are left out).
 */
const [origin = "", port, rules = "default", adminToken, budget, counts, ledger, history, second] =
  process.argv.slice(2);
const read = (name: string): string =>
  readFileSync(new URL(`../../rules/${name}.jsonc`, import.meta.url), "utf8");
const text = rules.startsWith("{") ? rules : rules === "off" ? "{}" : read(rules);
const loaded = loadRules(text, "rules", read("bots"), () => undefined, FEATURES);
const start = async (at: string | undefined, telemetry: object): Promise<void> => {
  await serve(
    { ...loaded, dev: false, originServer: origin },
    {
      store: memoryStore(),
      rates: ratesAt(counts),
      accounts: accountsAt(ledger),
      engine: streamEngine,
      codecs: nodeDeltaCodecs(),
      plain: nodePlainCodecs(),
      decodable: NODE_DECODABLE,
      fetchDirectory: () => Promise.reject(new Error("no network here")),
      now: () => Math.floor(Date.now() / 1000),
      // An empty token would be found in every text.
      adminToken: adminToken || undefined,
      log: { warn: () => {}, info: () => {} },
      ...telemetry,
    },
    { port: Number(at), host: "127.0.0.1" },
  );
};
await start(port, {});
if (history) await start(second, telemetryIn(history));
if (budget) processMemory.resize(Number(budget) * 1024 * 1024);

function telemetryIn(path: string) {
  const telemetry = nodeTelemetry({
    log: silentLog,
    settings: loaded.rules.telemetry,
    openHistory: () => lastingSqliteHistory(path, { now: () => Date.now() / 1000, tell: () => {} }),
    warnings: new Map(),
    rules: () => ({ version: undefined, since: 0 }),
    lists: () => [],
  });
  return { sinks: [telemetry.sink], metrics: telemetry.platform.metrics };
}

function ratesAt(where: string | undefined): RateStore | undefined {
  if (where === undefined || where === "") return undefined;
  if (where.startsWith("redis:")) return redisStore({ url: where, timeout: 5000 }).rates;
  return lastingSqliteRates(where, { now: () => Date.now() / 1000, tell: () => {} });
}

function accountsAt(where: string | undefined): AccountStore | undefined {
  if (where === undefined || where === "") return undefined;
  if (where === "memory") return memoryAccounts();
  if (where.startsWith("redis:")) return redisAccounts({ url: where, timeout: 5000 });
  return lastingSqliteAccounts(where, { now: () => Date.now() / 1000, tell: () => {} });
}
