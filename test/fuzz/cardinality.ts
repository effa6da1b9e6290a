// node scripts/node.mjs test/fuzz/cardinality.ts [--requests N] [--seed N]
// Requests over sockets, each with an agent, a path, a host and a referrer that no other has, through a proxy
// of its own on Node with metrics and history. Its series, its rows and its memory must stay bounded, and no
// request may be missing from the sums.
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { startCommand } from "../support/started.ts";
import { seeded } from "./mutate.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
  },
});
const TOKEN = "the-token-of-the-operator";
/** Requests at a time. */
const WIDTH = 32;
/** Bytes of memory that the second half may add, and series of metrics that all may add. */
const MOST_GROWTH = 100e6;
const MOST_SERIES = 60;
/** Rows of one table in one period: twice the bound, before they are cut. */
const MOST_ROWS = 2 * 1600 + 1;

const total = Number(values.requests);
const random = seeded(Number(values.seed));
const faults: string[] = [];
const agent = new Agent({ keepAlive: true, maxSockets: WIDTH });

const name = (): string => `n${[0, 0].map(() => random(2 ** 31).toString(36)).join("")}`;

/** Status and content of one request. */
function get(url: string, headers: Readonly<Record<string, string>>): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve([response.statusCode ?? 0, text])).on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

const seriesIn = (metrics: string): number => metrics.match(/^[a-z]/gm)?.length ?? 0;

/** Every third request names a known bot beside its own agent, every fifth does not exist. */
function madeUp(i: number): readonly [path: string, headers: Record<string, string>] {
  const own = `${name()}Bot/1.0 (+https://${name()}.example)`;
  return [
    `/${i % 5 === 0 ? "missing" : "page"}/${name()}/${name()}`,
    {
      host: `${name()}.example`,
      "user-agent": i % 3 === 0 ? `GPTBot/1.2 ${own}` : own,
      referer: `https://${name()}.example/${name()}`,
    },
  ];
}

const folder = mkdtempSync(join(tmpdir(), "wayleave-cardinality-"));
writeFileSync(join(folder, "rules.jsonc"), "{}");
const origin = createServer((incoming, response) => {
  response.statusCode = incoming.url?.startsWith("/missing") === true ? 404 : 200;
  response.setHeader("content-type", `text/${name()}`);
  response.end("a page");
}).listen(0, "127.0.0.1");
await once(origin, "listening");
const { port } = origin.address() as AddressInfo;
const argv = [
  "--runtime",
  "node",
  "--origin",
  `http://127.0.0.1:${port}`,
  "--rules",
  "rules.jsonc",
];
const proxy = await startCommand(folder, argv, { ADMIN_TOKEN: TOKEN });

const metricsOf = async (): Promise<string> => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return (await get(`${proxy.url}/.wayleave/metrics`, headers))[1];
};
const memory = (): number => {
  const status = readFileSync(`/proc/${proxy.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
};

let sent = 0;
const sizes = [memory()];

/** Sends requests one after the other, as long as there are some. */
async function client(): Promise<void> {
  while (sent < total) {
    const i = sent++;
    const [path, headers] = madeUp(i);
    const [status] = await get(proxy.url + path, headers);
    if (status !== (i % 5 === 0 ? 404 : 200)) faults.push(`${path}: ${status}`);
    if (i === Math.floor(total / 2)) sizes.push(memory());
  }
}

try {
  await get(`${proxy.url}/page/first`, {});
  const before = seriesIn(await metricsOf());
  await Promise.all(Array.from({ length: WIDTH }, client));
  sizes.push(memory());
  const metrics = await metricsOf();
  const more = seriesIn(metrics) - before;
  if (more > MOST_SERIES) faults.push(`${more} more series of metrics`);
  if (/\bn[0-9a-z]{8,}/.test(metrics)) faults.push("a series has a made-up name");
  const growth = (sizes[2] ?? 0) - (sizes[1] ?? 0);
  if (growth > MOST_GROWTH) faults.push(`the second half added ${Math.round(growth / 1e6)} MB`);
  const dropped = metrics.match(/^wayleave_telemetry_dropped_total\{.*$/gm) ?? [];
  await proxy.stop();

  const path = join(folder, ".wayleave/data/wayleave.sqlite");
  const db = new DatabaseSync(path, { readOnly: true });
  const [largest] = db
    .prepare(
      "SELECT name, step, count(*) AS rows FROM history GROUP BY name, step, at ORDER BY rows DESC",
    )
    .all();
  if (Number(largest?.["rows"]) > MOST_ROWS) faults.push(`rows: ${JSON.stringify(largest)}`);
  const sums = db
    .prepare(
      "SELECT name, sum(requests) AS requests FROM history WHERE step = 86400 AND name IN ('requests', 'paths', 'patterns', 'hosts') GROUP BY name",
    )
    .all();
  db.close();
  for (const { name: table, requests } of sums) {
    // The first request, those for the metrics, and none is missing.
    if (Number(requests) < total) faults.push(`${String(table)} has ${String(requests)} requests`);
  }
  const megabytes = sizes.map((bytes) => Math.round(bytes / 1e6)).join(", ");
  console.log(`${total} requests, each with names of its own; ${more} more series of metrics`);
  console.log(`memory of the proxy in MB at the start, in the middle, at the end: ${megabytes}`);
  console.log(
    `largest period: ${JSON.stringify(largest)}; file: ${Math.round(statSync(path).size / 1e6)} MB`,
  );
  console.log(dropped.join("\n"));
} finally {
  await proxy.stop();
  agent.destroy();
  origin.close();
  rmSync(folder, { recursive: true, force: true });
}
for (const fault of faults.slice(0, 20)) console.error(fault);
console.log(faults.length === 0 ? "no fault" : `${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
