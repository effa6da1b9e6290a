// CPU time per request of a passthrough, as ratios of medians in one run. Needs nginx and wrk; see
// docs/benchmarks.md. node scripts/node.mjs bench/passthrough.ts [--rounds 7] [--seconds 2] [--only REGEXP]
// [--against FOLDER], another checkout with its node_modules, whose proxy is measured in turns with this one
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { LOAD_CORE, measure, median, node, nodeFrom, PROXY_CORE, Servers } from "./load.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    only: { type: "string" },
    against: { type: "string" },
  },
});

const servers = new Servers();
const { folder } = servers;
const origin = "http://127.0.0.1:9100";
/** Each with its method, if that is not GET. */
const TARGETS = (process.env["TARGETS"] ?? "/1k.txt,/20k.txt,/1k.html,POST /form").split(",");

interface Peer {
  readonly name: string;
  /** The peer to which the ratio is computed. */
  readonly floor: string;
  readonly command: readonly string[];
  readonly port: number;
}

const peer = (script: string, port: number, ...more: string[]): string[] =>
  node(script, origin, String(port), ...more);

/** Only compression, on responses that it does not change. */
const COMPRESSION = '{"defaults":{"compression":true}}';
const DISPATCH = "undici dispatch";
const WORKER = "workerd, Hono";
const peers: Peer[] = [
  { name: DISPATCH, floor: DISPATCH, port: 9101, command: peer("undici-dispatch.mjs", 9101) },
  {
    name: "wayleave, default rules",
    floor: DISPATCH,
    port: 9102,
    command: peer("wayleave-node.ts", 9102),
  },
  {
    name: "wayleave, all off",
    floor: DISPATCH,
    port: 9103,
    command: peer("wayleave-node.ts", 9103, "off"),
  },
  {
    name: "wayleave, compression",
    floor: DISPATCH,
    port: 9110,
    command: peer("wayleave-node.ts", 9110, COMPRESSION),
  },
  { name: "http-proxy", floor: DISPATCH, port: 9104, command: peer("http-proxy.mjs", 9104) },
  {
    name: "@fastify/http-proxy",
    floor: DISPATCH,
    port: 9105,
    command: peer("fastify-http-proxy.mjs", 9105),
  },
  { name: "hono/proxy", floor: DISPATCH, port: 9106, command: peer("hono-proxy.mjs", 9106) },
  { name: "nginx", floor: DISPATCH, port: 9107, command: ["nginx", "-c", nginx("proxy", 9107)] },
  {
    name: WORKER,
    floor: WORKER,
    port: 9108,
    command: servers.workerd("hono", 9108, "bench/peers/hono-worker.ts", { ORIGIN_URL: origin }),
  },
  {
    name: "workerd, wayleave",
    floor: WORKER,
    port: 9109,
    command: servers.workerd("wayleave", 9109, undefined, { ORIGIN_URL: origin }),
  },
  {
    name: "workerd, wayleave, all off",
    floor: WORKER,
    port: 9118,
    command: servers.workerd("wayleave", 9118, undefined, { ORIGIN_URL: origin, RULES: "{}" }),
  },
  {
    name: "workerd, wayleave, compression",
    floor: WORKER,
    port: 9111,
    command: servers.workerd("wayleave", 9111, undefined, {
      ORIGIN_URL: origin,
      RULES: COMPRESSION,
    }),
  },
  ...(values.against === undefined ? [] : peersBefore(resolve(values.against))),
].filter(({ name }) => values.only === undefined || new RegExp(values.only).test(name));

try {
  for (const [name, size] of [
    ["1k.txt", 1024],
    ["20k.txt", 20_480],
    ["1k.html", 1024],
    ["1k.png", 1024],
  ] as const) {
    writeFileSync(join(folder, name), "lantern ".repeat(size / 8));
  }
  servers.start(LOAD_CORE, ["nginx", "-c", nginx("origin", 9100)]);
  const pids = new Map(
    peers.map(({ name, command }) => [name, servers.start(PROXY_CORE, command)]),
  );
  for (const { port } of peers) await answers(port);

  const samples = new Map<string, number[]>();
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const target of TARGETS) {
      for (const { name, port } of peers) {
        const [path = "", method] = target.split(" ").toReversed();
        const cost = await measure(
          pids.get(name) as number,
          `http://127.0.0.1:${port}${path}`,
          round === 0 ? "3" : values.seconds,
          {},
          method,
        );
        // The first round only warms up.
        if (round > 0)
          samples.set(`${name} ${target}`, [...(samples.get(`${name} ${target}`) ?? []), cost]);
      }
    }
  }
  const cost = (name: string, target: string): number =>
    median(samples.get(`${name} ${target}`) ?? []);
  console.log(`| CPU time per request, against | ${TARGETS.join(" | ")} |`);
  console.log(`| --- | ${TARGETS.map(() => "---").join(" | ")} |`);
  for (const { name, floor } of peers) {
    const ratios = TARGETS.map((target) => (cost(name, target) / cost(floor, target)).toFixed(2));
    console.log(`| ${name}${name === floor ? " (the floor)" : ""} | ${ratios.join(" | ")} |`);
  }
} finally {
  servers.close();
}

/** The proxy of another checkout. */
function peersBefore(checkout: string): Peer[] {
  const onNode = (name: string, port: number, ...rules: string[]): Peer => ({
    name: `before: wayleave, ${name}`,
    floor: DISPATCH,
    port,
    command: nodeFrom(checkout, "wayleave-node.ts", origin, String(port), ...rules),
  });
  const onWorkerd = (
    name: string,
    port: number,
    rules: Readonly<Record<string, string>>,
  ): Peer => ({
    name: `before: ${name}`,
    floor: WORKER,
    port,
    command: servers.workerd("before", port, undefined, { ORIGIN_URL: origin, ...rules }, checkout),
  });
  return [
    onNode("default rules", 9112),
    onNode("all off", 9113, "off"),
    onNode("compression", 9114, COMPRESSION),
    onWorkerd("workerd, wayleave", 9115, {}),
    onWorkerd("workerd, wayleave, all off", 9116, { RULES: "{}" }),
    onWorkerd("workerd, wayleave, compression", 9117, { RULES: COMPRESSION }),
  ];
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/1k.txt`);
      if ((await response.text()).length === 1024) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers on port ${port}`);
}

/** nginx with one process and no log: as the origin server it serves the folder, as a peer it proxies to it. */
function nginx(role: "origin" | "proxy", port: number): string {
  const path = join(folder, `${role}.conf`);
  const location =
    role === "origin"
      ? `root ${folder}; } location /form { return 200 "sent";`
      : `proxy_pass ${origin}; proxy_http_version 1.1; proxy_set_header Connection "";`;
  writeFileSync(
    path,
    `daemon off; master_process off; pid ${folder}/${role}.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 10000000;
  types { text/html html; text/plain txt; image/png png; }
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder};`).join(" ")}
  upstream site { server 127.0.0.1:9100; keepalive 64; }
  server { listen 127.0.0.1:${port}; location / { ${location.replace(origin, "http://site")} } }
}
`,
  );
  return path;
}
