// CPU time per request of a passthrough, as ratios of medians in one run. Needs nginx and wrk; see
// docs/benchmarks.md. node scripts/node.mjs bench/passthrough.ts [--rounds 7] [--seconds 2]
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    only: { type: "string" },
  },
});

const root = new URL("..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "wayleave-bench-"));
const origin = "http://127.0.0.1:9100";
const TARGETS = (process.env["TARGETS"] ?? "/1k.txt,/20k.txt,/1k.html").split(",");
/** The proxy has a core of its own; origin and load share the other. */
const PROXY_CORE = "1";
const LOAD_CORE = "0";

interface Peer {
  readonly name: string;
  /** The peer that its ratio is taken to. */
  readonly floor: string;
  readonly command: readonly string[];
  readonly port: number;
}

const node = (script: string, port: number, ...more: string[]): string[] => [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  join(root, "bench/peers", script),
  origin,
  String(port),
  ...more,
];

const DISPATCH = "undici dispatch";
const WORKER = "workerd, Hono";
const peers: Peer[] = [
  { name: DISPATCH, floor: DISPATCH, port: 9101, command: node("undici-dispatch.mjs", 9101) },
  {
    name: "wayleave, default rules",
    floor: DISPATCH,
    port: 9102,
    command: node("wayleave-node.ts", 9102),
  },
  {
    name: "wayleave, all off",
    floor: DISPATCH,
    port: 9103,
    command: node("wayleave-node.ts", 9103, "off"),
  },
  { name: "http-proxy", floor: DISPATCH, port: 9104, command: node("http-proxy.mjs", 9104) },
  {
    name: "@fastify/http-proxy",
    floor: DISPATCH,
    port: 9105,
    command: node("fastify-http-proxy.mjs", 9105),
  },
  { name: "hono/proxy", floor: DISPATCH, port: 9106, command: node("hono-proxy.mjs", 9106) },
  { name: "nginx", floor: DISPATCH, port: 9107, command: ["nginx", "-c", nginx("proxy", 9107)] },
  {
    name: WORKER,
    floor: WORKER,
    port: 9108,
    command: workerd("hono", 9108, "bench/peers/hono-worker.ts"),
  },
  { name: "workerd, wayleave", floor: WORKER, port: 9109, command: workerd("wayleave", 9109) },
].filter(({ name }) => values.only === undefined || new RegExp(values.only).test(name));

const children: ChildProcess[] = [];
try {
  for (const [name, size] of [
    ["1k.txt", 1024],
    ["20k.txt", 20_480],
    ["1k.html", 1024],
  ] as const) {
    writeFileSync(join(folder, name), "lantern ".repeat(size / 8));
  }
  start(LOAD_CORE, ["nginx", "-c", nginx("origin", 9100)]);
  const pids = new Map(peers.map(({ name, command }) => [name, start(PROXY_CORE, command)]));
  for (const { port } of peers) await answers(port);

  const samples = new Map<string, number[]>();
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const target of TARGETS) {
      for (const { name, port } of peers) {
        const cost = measure(
          pids.get(name) as number,
          port,
          target,
          round === 0 ? "1" : values.seconds,
        );
        // The first round only warms up.
        if (round > 0)
          samples.set(`${name} ${target}`, [...(samples.get(`${name} ${target}`) ?? []), cost]);
      }
    }
  }
  const median = (name: string, target: string): number =>
    (samples.get(`${name} ${target}`) ?? []).toSorted((a, b) => a - b)[
      Math.floor(Number(values.rounds) / 2)
    ] ?? Number.NaN;
  console.log(`| CPU time per request, against | ${TARGETS.join(" | ")} |`);
  console.log(`| --- | ${TARGETS.map(() => "---").join(" | ")} |`);
  for (const { name, floor } of peers) {
    const ratios = TARGETS.map((target) =>
      (median(name, target) / median(floor, target)).toFixed(2),
    );
    console.log(`| ${name}${name === floor ? " (the floor)" : ""} | ${ratios.join(" | ")} |`);
  }
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

function start(core: string, command: readonly string[]): number {
  const child = spawn("taskset", ["-c", core, ...command], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  children.push(child);
  return child.pid as number;
}

/** Microseconds of CPU time per request, over a burst of load on 32 connections. */
function measure(pid: number, port: number, target: string, seconds: string): number {
  const before = cpuTicks(pid);
  const said = execFileSync(
    "taskset",
    ["-c", LOAD_CORE, "wrk", "-t1", "-c32", `-d${seconds}s`, `http://127.0.0.1:${port}${target}`],
    { encoding: "utf8" },
  );
  const ticks = cpuTicks(pid) - before;
  const requests = Number(/(\d+) requests in/.exec(said)?.[1]);
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1];
  if (bad !== undefined || !(requests > 0)) throw new Error(`port ${port}${target}:\n${said}`);
  // A tick is a hundredth of a second (proc(5)).
  return (ticks * 10_000) / requests;
}

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
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

/** One process, no log: as an origin it serves the folder, as a peer it proxies to it. */
function nginx(role: "origin" | "proxy", port: number): string {
  const path = join(folder, `${role}.conf`);
  const location =
    role === "origin"
      ? `root ${folder};`
      : `proxy_pass ${origin}; proxy_http_version 1.1; proxy_set_header Connection "";`;
  writeFileSync(
    path,
    `daemon off; master_process off; pid ${folder}/${role}.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 10000000;
  types { text/html html; text/plain txt; }
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder};`).join(" ")}
  upstream site { server 127.0.0.1:9100; keepalive 64; }
  server { listen 127.0.0.1:${port}; location / { ${location.replace(origin, "http://site")} } }
}
`,
  );
  return path;
}

/** Bare `workerd serve` of a bundled Worker, never the development server. */
function workerd(name: string, port: number, entry?: string): string[] {
  const out = join(folder, name);
  const config = join(folder, `${name}.json`);
  if (entry !== undefined) {
    const main = join(root, entry);
    writeFileSync(config, JSON.stringify({ name, main, compatibility_date: "2026-10-30" }));
  }
  const built = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/wrangler/bin/wrangler.js"),
      "deploy",
      ...(entry === undefined ? [] : ["--config", config]),
      "--dry-run",
      "--outdir",
      out,
    ],
    { cwd: root, encoding: "utf8", env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
  );
  if (built.status !== 0) throw new Error(built.stdout + built.stderr);
  const kinds: Readonly<Record<string, string>> = { js: "esModule", wasm: "wasm", jsonc: "text" };
  const modules = readdirSync(out)
    .filter((file) => kinds[file.split(".").at(-1) ?? ""] !== undefined)
    .sort((a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")))
    .map(
      (file) =>
        `(name = "${file}", ${kinds[file.split(".").at(-1) ?? ""]} = embed "${name}/${file}")`,
    );
  const path = join(folder, `${name}.capnp`);
  writeFileSync(
    path,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["private", "public"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2026-10-30",
  bindings = [(name = "ORIGIN_URL", text = "${origin}")],
);
`,
  );
  const { default: binary } = createRequire(import.meta.url)("workerd") as { default: string };
  return [binary, "serve", path];
}
