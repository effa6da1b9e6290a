// Starts servers on a core of their own, and measures the CPU time of a request.
import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";

export const root = new URL("..", import.meta.url).pathname;
/** The core of the server under test; origin server and load generator share the other one. */
export const PROXY_CORE = "1";
export const LOAD_CORE = "0";

/** The command line of a peer that runs on Node. */
export function node(script: string, ...more: string[]): string[] {
  return nodeFrom(root, script, ...more);
}

/** The command line of a peer in another checkout, with its proxy. */
export function nodeFrom(checkout: string, script: string, ...more: string[]): string[] {
  const flags = ["--disable-warning=ExperimentalWarning"];
  return [process.execPath, ...flags, join(checkout, "bench/peers", script), ...more];
}

/** The servers of one benchmark, and their folder. */
export class Servers {
  readonly folder = mkdtempSync(join(tmpdir(), "wayleave-bench-"));
  readonly #children: ChildProcess[] = [];

  /** @returns the process id */
  start(core: string, command: readonly string[]): number {
    const child = spawn("taskset", ["-c", core, ...command], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    this.#children.push(child);
    return child.pid as number;
  }

  /** Ends one server. */
  stop(pid: number): void {
    this.#children.find((child) => child.pid === pid)?.kill("SIGKILL");
  }

  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Starts bare `workerd serve` with a bundled Worker, never the development server.
   *
   * @param name of the bundle, which is made once
   * @param checkout the one with the Worker @default this one
   * @param stores whether it has the Durable Objects of limits and accounts @default false
   */
  workerd(
    name: string,
    port: number,
    entry: string | undefined,
    bindings: Readonly<Record<string, string>>,
    checkout = root,
    stores = false,
  ): string[] {
    const out = join(this.folder, name);
    bundle(this.folder, name, entry, checkout);
    const kinds: Readonly<Record<string, string>> = { js: "esModule", wasm: "wasm", jsonc: "text" };
    const modules = readdirSync(out)
      .filter((file) => kinds[file.split(".").at(-1) ?? ""] !== undefined)
      .sort((a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")))
      .map(
        (file) =>
          `(name = "${file}", ${kinds[file.split(".").at(-1) ?? ""]} = embed "${name}/${file}")`,
      );
    const variables = Object.entries(bindings).map(
      ([key, text]) => `(name = "${key}", text = ${JSON.stringify(text)})`,
    );
    const path = join(this.folder, `${name}-${port}.capnp`);
    const objects = join(this.folder, `objects-${port}`);
    mkdirSync(objects);
    writeFileSync(
      path,
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["private", "public"]))${stores ? `, (name = "objects", disk = (path = "${objects}", writable = true))` : ""}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2026-10-30",
  bindings = [${[...variables, ...(stores ? BINDINGS : [])].join(", ")}],${stores ? OBJECTS : ""}
);
`,
    );
    const { default: binary } = createRequire(import.meta.url)("workerd") as { default: string };
    return [binary, "serve", path];
  }
}

const BINDINGS = [
  '(name = "RATES", durableObjectNamespace = "Rates")',
  '(name = "ACCOUNTS", durableObjectNamespace = "Accounts")',
];
const OBJECTS = `
  durableObjectNamespaces = [
    (className = "Rates", uniqueKey = "rates", enableSql = true),
    (className = "Accounts", uniqueKey = "accounts", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),`;

/** Bundles a Worker once into a folder of that name; without an entry, our own Worker. */
function bundle(folder: string, name: string, entry: string | undefined, checkout: string): void {
  const out = join(folder, name);
  if (readdirSync(folder).includes(name)) return;
  const config = join(folder, `${name}.json`);
  if (entry !== undefined) {
    const main = join(checkout, entry);
    writeFileSync(
      config,
      JSON.stringify({
        name,
        main,
        compatibility_date: "2026-10-30",
        rules: [{ type: "Text", globs: ["**/*.jsonc"], fallthrough: true }],
      }),
    );
  }
  const wrangler = join(checkout, "node_modules/wrangler/bin/wrangler.js");
  const own = entry === undefined ? [] : ["--config", config];
  const built = spawnSync(
    process.execPath,
    [wrangler, "deploy", ...own, "--dry-run", "--outdir", out],
    {
      cwd: checkout,
      encoding: "utf8",
      env: {
        ...process.env,
        WRANGLER_SEND_METRICS: "false",
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
      },
    },
  );
  if (built.status !== 0) throw new Error(built.stdout + built.stderr);
}

const run = promisify(execFile);

/** Requests of one client program. */
export interface Load {
  readonly url: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** Of requests without content. @default "GET" */
  readonly method?: string;
  /** Whether the client speaks HTTP/2, over TLS. @default HTTP/1.1 */
  readonly isHttp2?: boolean;
}

/**
 * Sends requests over 32 connections, from the load's core.
 *
 * @returns how many were answered; throws if one got an error
 */
export async function requestsOf(load: Load, seconds: string): Promise<number> {
  if (load.isHttp2 === true) return streamsOf(load.url, seconds);
  const { url, fields = {}, method = "GET" } = load;
  const script = join(tmpdir(), `wayleave-bench-${method}.lua`);
  writeFileSync(script, `wrk.method = "${method}"`);
  const lines = Object.entries(fields).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const wrk = ["wrk", "-t1", "-c32", `-d${seconds}s`, "-s", script, ...lines, url];
  for (let left = 2; ; left--) {
    const { stdout: said } = await run("taskset", ["-c", LOAD_CORE, ...wrk]);
    const requests = Number(/(\d+) requests in/.exec(said)?.[1]);
    const bad = /Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1];
    if (bad === undefined && requests > 0) return requests;
    // On a busy machine, a second may pass before the first response.
    if (bad !== undefined || requests !== 0 || left === 0) throw new Error(`${url}:\n${said}`);
  }
}

/** The same over HTTP/2: 32 streams on eight connections, by h2load. */
async function streamsOf(url: string, seconds: string): Promise<number> {
  const h2load = ["h2load", "-t1", "-c8", "-m4", "-D", seconds, url];
  const { stdout: said } = await run("taskset", ["-c", LOAD_CORE, ...h2load]);
  const [, requests, bad] = /(\d+) succeeded, (\d+) failed/.exec(said) ?? [];
  const isFine = /status codes: \d+ 2xx, 0 3xx, 0 4xx, 0 5xx/.test(said);
  if (bad !== "0" || !isFine || Number(requests) === 0) throw new Error(`${url}:\n${said}`);
  return Number(requests);
}

/**
 * Microseconds of CPU time per request, over a burst of load on 32 connections.
 *
 * @param method of requests without content
 */
export async function measure(
  pid: number,
  url: string,
  seconds: string,
  fields: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<number> {
  const before = cpuMicroseconds(pid);
  const requests = await requestsOf({ url, fields, method }, seconds);
  return (cpuMicroseconds(pid) - before) / requests;
}

/** Microseconds that the threads of a process and of its children have used; see proc_pid_schedstat(5). */
export function cpuMicroseconds(pid: number): number {
  return withChildren(pid)
    .map((each) => threadMicroseconds(each))
    .reduce((sum, each) => sum + each, 0);
}

function threadMicroseconds(pid: number): number {
  const folder = `/proc/${pid}/task`;
  const times = readdirSync(folder).map((thread) =>
    Number(readFileSync(join(folder, thread, "schedstat"), "utf8").split(" ")[0]),
  );
  return times.reduce((sum, each) => sum + each, 0) / 1000;
}

/** A process, and those that it and its children have started (proc_tid_children(5)). */
function withChildren(pid: number): readonly number[] {
  const folder = `/proc/${pid}/task`;
  const children = readdirSync(folder).flatMap((thread) =>
    readFileSync(join(folder, thread, "children"), "utf8")
      .split(" ")
      .filter(Boolean)
      .map(Number),
  );
  return [pid, ...children.flatMap(withChildren)];
}

/** Hundredths of a second that a process has used. */
export function cpuTicks(pid: number): number {
  const { user, system } = cpuParts(pid);
  return user + system;
}

/** The same in programs and in the kernel. */
export function cpuParts(pid: number): { readonly user: number; readonly system: number } {
  const parts = { user: 0, system: 0 };
  for (const each of withChildren(pid)) {
    const fields = readFileSync(`/proc/${each}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    parts.user += Number(fields[11]);
    parts.system += Number(fields[12]);
  }
  return parts;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Memory of a process, in MB of 1,000,000 bytes. */
export function resident(pid: number | undefined, field = "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1.024e-3;
}

/** An origin server in this process that answers every request with the same text. */
export async function startTextOrigin(content: Buffer) {
  const server = createServer((_request, response) => {
    const length = String(content.length);
    response
      .writeHead(200, { "content-type": "text/plain", "content-length": length })
      .end(content);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
