// CPU time per request of access rules and limits, as ratios of medians to a passthrough in one run. Needs
// nginx and wrk, and redis-server for the row of Redis; see docs/benchmarks.md.
// npm run bench -- limits [--rounds 7] [--seconds 2] [--only REGEXP]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LOAD_CORE, measure, median, node, PROXY_CORE, Servers } from "./load.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    only: { type: "string" },
  },
});

const servers = new Servers();
const { folder } = servers;
const origin = "http://127.0.0.1:9200";
const TARGET = "/20k.txt";
const REDIS = 9201;

const rule = (access: object, match: object = {}): string =>
  JSON.stringify({ rules: [{ name: "slow down", match, access }] });
const LIMIT = { action: "limit", requests: 1_000_000_000, per: "1h" };
const OTHERS = rule(LIMIT, { agent: { behaviour: "Training" } });
const ALL = rule(LIMIT);
const SEVERAL = rule({
  action: "limit",
  limits: [
    { requests: 1_000_000_000, per: "1m" },
    { requests: 1_000_000_000, per: "1d" },
  ],
});
const onNode = (port: number, rules: string, counts?: string): string[] =>
  node("wayleave-node.ts", origin, String(port), rules, ...(counts ? ["", "", counts] : []));
const onWorkerd = (port: number, rules: string): string[] =>
  servers.workerd(
    "wayleave",
    port,
    undefined,
    { ORIGIN_URL: origin, RULES: rules },
    undefined,
    true,
  );

interface Peer {
  readonly name: string;
  readonly floor: string;
  readonly port: number;
  readonly command: () => readonly string[];
}
const NODE = "Node, no rule";
const WORKERD = "workerd, no rule";
const peer = (
  name: string,
  floor: string,
  port: number,
  command: () => readonly string[],
): Peer => ({
  name,
  floor,
  port,
  command,
});
const peers = [
  peer(NODE, NODE, 9210, () => onNode(9210, "off")),
  peer("Node, a limit for others", NODE, 9211, () => onNode(9211, OTHERS)),
  peer("Node, a limit in memory", NODE, 9212, () => onNode(9212, ALL)),
  peer("Node, two limits in memory", NODE, 9213, () => onNode(9213, SEVERAL)),
  peer("Node, a limit in SQLite", NODE, 9214, () =>
    onNode(9214, ALL, join(folder, "rates.sqlite")),
  ),
  peer("Node, a limit in Redis", NODE, 9215, () => onNode(9215, ALL, `redis://127.0.0.1:${REDIS}`)),
  peer(WORKERD, WORKERD, 9216, () => onWorkerd(9216, "{}")),
  peer("workerd, a limit for others", WORKERD, 9217, () => onWorkerd(9217, OTHERS)),
  peer("workerd, a limit in a Durable Object", WORKERD, 9218, () => onWorkerd(9218, ALL)),
].filter(({ name }) => values.only === undefined || new RegExp(values.only).test(name));

try {
  writeFileSync(join(folder, "20k.txt"), "lantern ".repeat(20_480 / 8));
  servers.start(LOAD_CORE, ["nginx", "-c", nginx()]);
  const redis = ["--port", String(REDIS), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  if (peers.some(({ name }) => name.includes("Redis"))) {
    servers.start(LOAD_CORE, ["redis-server", ...redis]);
  }
  const pids = new Map(
    peers.map(({ name, command }) => [name, servers.start(PROXY_CORE, command())]),
  );
  for (const { port } of peers) await answers(port);
  const samples = new Map<string, number[]>();
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const { name, port } of peers) {
      const url = `http://127.0.0.1:${port}${TARGET}`;
      const cost = await measure(pids.get(name) as number, url, values.seconds);
      // The first round only warms up.
      if (round > 0) samples.set(name, [...(samples.get(name) ?? []), cost]);
    }
  }
  const cost = (name: string): number => median(samples.get(name) ?? []);
  console.log(`| ${TARGET.slice(1)} | CPU µs per request | against no rule |`);
  console.log("| --- | --- | --- |");
  for (const { name, floor } of peers) {
    const ratio = (cost(name) / cost(floor)).toFixed(2);
    console.log(`| ${name} | ${cost(name).toFixed(0)} | ${ratio} |`);
  }
} finally {
  servers.close();
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${TARGET}`);
      if ((await response.text()).length === 20_480) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers on port ${port}`);
}

/** The origin server: nginx with one process and no log. */
function nginx(): string {
  const path = join(folder, "origin.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder};`)
    .join(" ");
  writeFileSync(
    path,
    `daemon off; master_process off; pid ${folder}/origin.pid; error_log stderr crit;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 10000000; types { text/plain txt; } ${temporary}
  server { listen 127.0.0.1:9200; location / { root ${folder}; } } }
`,
  );
  return path;
}
