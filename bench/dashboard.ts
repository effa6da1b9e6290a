// Time and CPU time that the server takes for pages of the dashboard, with a year of roll-ups from 100
// million requests in SQLite; each page first with cold caches, then the median. The goal is 300 ms. On a
// busy machine most of the time is spent waiting for a core, which says nothing about the server.
// npm run bench -- dashboard [--rounds 9] [--requests 100000000]
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FEATURES } from "../src/features.ts";
import { streamEngine } from "../src/features/markdown/stream/index.ts";
import { loadRules } from "../src/rules/load.ts";
import { nodeDeltaCodecs, nodePlainCodecs } from "../src/runtime/node/codecs.ts";
import { NODE_DECODABLE } from "../src/runtime/node/content-decoder.ts";
import { serve } from "../src/runtime/node/server.ts";
import { lastingSqliteHistory } from "../src/store/adapters/sqlite/history.ts";
import { memoryStore } from "../src/store/memory.ts";
import { historyReader, retentionOf } from "../src/telemetry/history/history.ts";
import { silentLog } from "../src/telemetry/log.ts";
import { send } from "../test/support/client.ts";
import { rollUp } from "../test/support/rolled-up.ts";
import { median } from "./load.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    requests: { type: "string", default: "100000000" },
  },
});
const DAYS = 365;
const TOKEN = "a-token-of-the-benchmark";
const PAGES = {
  "the first page: 7 days": "",
  "overview, a year": "?range=365d",
  "agents, a year": "?range=365d&view=agents",
  "content, a year": "?range=365d&view=content",
  "access, a year": "?range=365d&view=access",
  "delivery, a year": "?range=365d&view=delivery",
  "overview, a day, by agent": "?range=24h&by=agent",
};

const folder = mkdtempSync(join(tmpdir(), "wayleave-bench-"));
const file = join(folder, "history.sqlite");
const now = (): number => Date.now() / 1000;
const open = () => lastingSqliteHistory(file, { now, tell: () => {} });
const retention = () => retentionOf(400 * 86_400);

/** A proxy whose dashboard reads the file anew. */
async function start() {
  const history = open();
  const loaded = loadRules("{}", "rules", "[]", () => undefined, FEATURES);
  const server = await serve(
    { ...loaded, dev: false, originServer: "http://127.0.0.1:9" },
    {
      store: memoryStore(),
      engine: streamEngine,
      codecs: nodeDeltaCodecs(),
      plain: nodePlainCodecs(),
      decodable: NODE_DECODABLE,
      fetchDirectory: () => Promise.reject(new Error("no network here")),
      now: () => Math.floor(now()),
      adminToken: TOKEN,
      log: silentLog,
      figures: () => ({
        reader: historyReader(history, retention, now),
        retention: retention().day,
      }),
    },
    { port: 0, host: "127.0.0.1" },
  );
  const close = async (): Promise<void> => {
    await server.close();
    await history.close?.();
  };
  return { url: server.url, close };
}

type Cost = readonly [time: number, cpu: number, waiting: number];

/** Milliseconds of one page: elapsed, of the processor in all threads, and waiting for a core in all threads. */
async function load(url: string): Promise<Cost> {
  const [began, before, waited] = [performance.now(), process.cpuUsage(), waitedForCore()];
  const response = await send(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  const text = response.body.toString();
  if (response.status !== 200 || !text.includes("<table"))
    throw new Error(`${url}: ${response.status}`);
  const { user, system } = process.cpuUsage(before);
  return [performance.now() - began, (user + system) / 1000, waitedForCore() - waited];
}

/** Milliseconds that threads of this process were ready and had no core; see proc_pid_schedstat(5). */
function waitedForCore(): number {
  const folder = "/proc/self/task";
  if (!existsSync(folder)) return Number.NaN;
  const times = readdirSync(folder).map((thread) =>
    Number(readFileSync(join(folder, thread, "schedstat"), "utf8").split(" ")[1]),
  );
  return times.reduce((sum, each) => sum + each, 0) / 1e6;
}

try {
  const history = open();
  const perDay = Math.round(Number(values.requests) / DAYS);
  // Older days first; the last two have rows in each hour, as those of a proxy that runs.
  const requests =
    (await rollUp(history, { until: now(), days: DAYS, requestsPerDay: perDay, rows: 1600 })) +
    (await rollUp(history, { until: now(), days: 8, requestsPerDay: perDay, timesPerDay: 24 }));
  await history.close?.();
  const size = Math.round(statSync(file).size / 1e6);
  console.log(`${requests} requests in ${DAYS} days, a file of ${size} MB\n`);
  console.log(
    "| page | first, ms | its CPU, ms | median, ms | CPU, median, ms | waiting for a core, median, ms |",
  );
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const [name, query] of Object.entries(PAGES)) {
    const { url, close } = await start();
    const samples: Cost[] = [];
    // The client of this benchmark loads its own code at its first request.
    await send(`${url}/.wayleave/health`);
    for (let round = 0; round < Number(values.rounds); round++) {
      samples.push(await load(`${url}/.wayleave/${query}`));
    }
    const columns = [
      ...(samples[0]?.slice(0, 2) ?? []),
      ...([0, 1, 2] as const).map((i) => median(samples.map((each) => each[i]))),
    ];
    console.log(`| ${name} | ${columns.map((each) => each.toFixed(0)).join(" | ")} |`);
    await close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
