import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import type { Platform } from "../../src/app.ts";
import type { ListFetch } from "../../src/agent/ip-range-list.ts";
import { readOwnKeys } from "../../src/agent/own-keys.ts";
import { turndownBy } from "../../src/cli/turndown.ts";
import { nodeDeltaCodecs, nodePlainCodecs } from "../../src/runtime/node/codecs.ts";
import { loadRules } from "../../src/rules/load.ts";
import { nodeServices } from "../../src/runtime/node/services.ts";
import { nodeIdentity } from "../../src/runtime/node/identity.ts";
import { NODE_DECODABLE } from "../../src/runtime/node/content-decoder.ts";
import type { TlsOptions } from "../../src/runtime/node/listeners.ts";
import { serve } from "../../src/runtime/node/server.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { memoryAccounts } from "../../src/store/memory-accounts.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { operatorLog, type LogLevel } from "../../src/telemetry/sinks/log.ts";
import { sqliteReplay } from "../../src/store/adapters/sqlite/replay.ts";
import {
  startCloudflareStorage,
  STORAGE_BINDINGS,
  type CloudflareStorage,
} from "./cloudflare-storage.ts";
import { workerBundle } from "./worker-bundle.ts";
import type { FeatureList } from "../../src/feature/define.ts";
import { FEATURES } from "../../src/features.ts";

/** A proxy under test. */
export interface Proxy {
  readonly url: string;
  /** What was logged so far. */
  readonly log: string[];
  /** The process's number, where it is one of its own. */
  readonly pid?: number | undefined;
  /** See `RunningServer`; of Node alone. */
  readonly operatorUrl?: string | undefined;
  answerStuck?(error: unknown): void;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly origin: string;
  /** The rules file's text; agents.bots may be a list. */
  readonly rules: object;
  /** What a Worker is given in place of `rules`, with any fault. */
  readonly rulesText?: string;
  readonly port?: number;
  /** Milliseconds to the origin's head. */
  readonly originTimeout?: number;
  /** Milliseconds that the head of a request may take on Node. */
  readonly headTimeout?: number;
  /** Certificates in PEM that are trusted for the origin. */
  readonly originCa?: string;
  /** Those of named origin servers. */
  readonly originCas?: Readonly<Record<string, string>>;
  /** An operator's own entry of the Worker; see `useTurndown`. */
  readonly entry?: string;
  /** Variables of a Worker besides its own. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The features on Node; a Worker has those of its entry. @default FEATURES */
  readonly features?: FeatureList;
  /** What Node is given in place of the usual; a Worker brings its own. */
  readonly platform?: Partial<Platform>;
  /** Fetches the address lists of the bot table at once, as a timer or the cron trigger would. */
  readonly fetchesLists?: boolean;
  /** Address lists that the bot table names as files. */
  readonly files?: Readonly<Record<string, string>>;
  /** Private keys of the site's own agents. */
  readonly ownKeys?: string;
  /** What a Worker keeps things in, if not in one of its own; Node takes `platform.store`. */
  readonly storage?: CloudflareStorage | "memory";
  /** Whether a Worker has the Durable Objects of wrangler.jsonc. @default true */
  readonly hasObjects?: boolean;
  /** What is logged. @default what goes wrong, on Node without time and level */
  readonly logLevel?: LogLevel;
  readonly adminToken?: string;
  /** The address of the operator's listener on Node. @default none */
  readonly operator?: { readonly host: string; readonly port: number };
  /** Milliseconds for responses under way at the end, on Node. @default 100 */
  readonly grace?: number;
  /** Serves https on Node. @default http */
  readonly tls?: TlsOptions;
  readonly purgeToken?: string;
  /** Address of a server that plays a Worker's KV; looked into every second. */
  readonly kv?: string;
  /** A port for the inspector of workerd. @default none */
  readonly inspectorPort?: number;
}

export type RuntimeName = "node" | "workerd";

const bots = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");

/** The runtimes that the same tests run on: Node in this process, the Worker on bare workerd. */
export const RUNTIMES: Readonly<Record<RuntimeName, (options: ProxyOptions) => Promise<Proxy>>> = {
  node: startNode,
  workerd: startWorkerd,
};

async function startNode(options: ProxyOptions): Promise<Proxy> {
  const { origin, rules, port = 0, ownKeys, files = {}, originTimeout, originCa } = options;
  const { headTimeout, features = FEATURES } = options;
  const loaded = loadRules(JSON.stringify(rules), "rules", bots, () => undefined, features);
  const log: string[] = [];
  const write = (event: string, facts: object) =>
    void log.push(JSON.stringify({ event, ...facts }));
  const line = (text: string): void => void log.push(`${text}\n`);
  const own =
    options.logLevel === undefined
      ? { log: { warn: write, info: write } }
      : operatorLog({ message: line, request: line }, options.logLevel);
  const server = await serve(
    {
      ...loaded,
      dev: true,
      originServer: origin,
      originTimeout,
      originCa,
      originCas: options.originCas,
      logsRequests: options.logLevel === "requests",
      ownKeys: ownKeys === undefined ? undefined : readOwnKeys(ownKeys, "the test"),
    },
    {
      store: memoryStore(),
      accounts: memoryAccounts(),
      engine: streamEngine,
      loadTurndown: turndownBy({}),
      codecs: nodeDeltaCodecs(),
      plain: nodePlainCodecs(),
      decodable: NODE_DECODABLE,
      ...nodeIdentity({ dev: true }),
      services: nodeServices(options.variables),
      fetchList: options.fetchesLists === true ? fetchLoopback : undefined,
      readList: (path) => files[path],
      replay: sqliteReplay(":memory:", now),
      adminToken: options.adminToken,
      purgeToken: options.purgeToken,
      now,
      ...own,
      ...options.platform,
    },
    {
      port,
      host: "127.0.0.1",
      operator: options.operator,
      tls: options.tls,
      ...(headTimeout === undefined ? {} : { headTimeout }),
    },
  );
  const answerStuck = (error: unknown): void => server.answerStuck(error);
  const { url, operatorUrl } = server;
  return { url, operatorUrl, log, answerStuck, close: () => server.close(options.grace ?? 100) };
}

/** Tests ask no operator's server: the built-in table's lists are out of reach. */
const fetchLoopback: ListFetch = (url, init) =>
  url.startsWith("http://127.0.0.1:")
    ? fetch(url, init)
    : Promise.reject(new TypeError("not on loopback"));

const now = (): number => Math.floor(Date.now() / 1000);

const TAKEN = "Address already in use";

/** Bare `workerd serve`: no development front that rewrites fields. */
async function startWorkerd(options: ProxyOptions): Promise<Proxy> {
  for (let left = 3; ; left--) {
    try {
      return await serveWorker(options);
    } catch (error) {
      // A port that was free a moment ago is somebody else's by now.
      if (left === 0 || !String(error).includes(TAKEN)) throw error;
    }
  }
}

async function serveWorker(options: ProxyOptions): Promise<Proxy> {
  const { origin, rules, port, ownKeys, files = {}, originTimeout } = options;
  const folder = await workerBundle(options.entry);
  const at = port ?? (await freePort());
  const cronAt = await freePort();
  const own = options.storage === undefined ? await startCloudflareStorage() : undefined;
  const storage = options.storage === "memory" ? undefined : (options.storage ?? own);
  const objects = storage?.folder ?? mkdtempSync(join(folder, "objects-"));
  const { adminToken, purgeToken, kv } = options;
  const more = Object.entries(options.variables ?? {});
  const variables = more.map(([name, value]) => text(name, value)).join("");
  const modules = readdirSync(folder)
    .filter((name) => /\.(?:js|wasm|jsonc)$/.test(name))
    .sort((a, b) => Number(b.endsWith(".js")) - Number(a.endsWith(".js")))
    .map((name) => {
      const kind = name.endsWith(".js") ? "esModule" : name.endsWith(".wasm") ? "wasm" : "text";
      return `(name = ${quote(name)}, ${kind} = embed ${quote(name)})`;
    });
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "cron", worker = .cron),
    (name = "objects", disk = (path = ${quote(objects)}, writable = true)),
    (name = "internet", network = (allow = ["private"]${trusting(options.originCa)})),${service("storage", storage?.address)}${service("kv", kv && new URL(kv).host)}
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:${at}", http = (), service = "main"),
    (name = "cron", address = "127.0.0.1:${cronAt}", http = (), service = "cron"),
  ],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2026-10-30",
  compatibilityFlags = ["enable_request_signal"],
  bindings = [
    (name = "ORIGIN_URL", text = ${quote(origin)}),
    (name = "RULES", text = ${quote(options.rulesText ?? JSON.stringify(rules))}),
    ${text("ORIGIN_TIMEOUT", originTimeout?.toString())}
    (name = "DEV", text = "1"),
    (name = "IP_RANGES", text = ${quote(JSON.stringify(files))}),
    ${options.hasObjects === false ? "" : OBJECT_BINDINGS}
    ${storageBindings(storage !== undefined, kv !== undefined)}${text("AGENT_KEYS", ownKeys)}${text("ADMIN_TOKEN", adminToken)}${text("PURGE_TOKEN", purgeToken)}${text("LOG", options.logLevel)}${variables}
  ],
  durableObjectNamespaces = [
    (className = "ReplayGuard", uniqueKey = "replay", enableSql = true),
    (className = "Ledger", uniqueKey = "ledger", enableSql = true),
    (className = "Rates", uniqueKey = "rates", enableSql = true),
    (className = "Accounts", uniqueKey = "accounts", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
);
const cron :Workerd.Worker = (
  modules = [(name = "cron.js", esModule = ${quote(CRON)})],
  compatibilityDate = "2026-10-30",
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "MAIN", service = "main")],
);
`;
  const path = join(folder, `config-${at}.capnp`);
  writeFileSync(path, config);
  const { inspectorPort } = options;
  const inspected = inspectorPort === undefined ? [] : ["-i", `127.0.0.1:${inspectorPort}`];
  const child = spawn(workerdBinary(), ["serve", "--experimental", path, ...inspected], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => log.push(text));
  }
  const stop = (): void => void child.kill("SIGKILL");
  process.on("exit", stop);
  const url = `http://127.0.0.1:${at}`;
  try {
    const sign = options.rulesText === undefined ? "ready" : "health";
    await untilReady(`${url}/.wayleave/${sign}`, () => log.join(""));
    if (options.fetchesLists === true) {
      await untilReady(`http://127.0.0.1:${cronAt}`, () => log.join(""));
    }
  } catch (error) {
    process.off("exit", stop);
    stop();
    own?.close();
    throw error;
  }
  return {
    url,
    log,
    pid: child.pid,
    close: () =>
      new Promise((resolve) => {
        process.off("exit", stop);
        own?.close();
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

/** The Durable Objects of wrangler.jsonc. */
const OBJECT_BINDINGS = `(name = "REPLAY", durableObjectNamespace = "ReplayGuard"),
    (name = "LEDGER", durableObjectNamespace = "Ledger"),
    (name = "RATES", durableObjectNamespace = "Rates"),
    (name = "ACCOUNTS", durableObjectNamespace = "Accounts"),`;

/** A server outside of workerd, for its configuration. */
function service(name: string, address: string | undefined): string {
  if (address === undefined) return "";
  return `\n    (name = ${quote(name)}, external = (address = ${quote(address)}, http = ())),`;
}

/** A variable of the Worker, for its configuration. */
function text(name: string, value: string | undefined): string {
  return value === undefined ? "" : `\n    (name = ${quote(name)}, text = ${quote(value)}),`;
}

/** KV and R2 of the storage, or KV of its own that is looked into every second. */
function storageBindings(hasStorage: boolean, hasKv: boolean): string {
  if (!hasKv) return hasStorage ? STORAGE_BINDINGS : "";
  const blobs = hasStorage ? `(name = "BLOBS", r2Bucket = "storage"),` : "";
  return `${blobs}(name = "INDEX", kvNamespace = "kv"),${text("KV_REFRESH", "1")}`;
}

/** What of the network a test's own certification authority needs, which Cloudflare would not trust. */
function trusting(ca: string | undefined): string {
  return ca === undefined ? "" : `, tlsOptions = (trustedCertificates = [${quote(ca)}])`;
}

/** Stands for the network that calls the cron trigger. */
const CRON = `export default {
  async fetch(_request, env) {
    const { outcome } = await env.MAIN.scheduled({ cron: "17 */6 * * *" });
    return new Response(outcome, { status: outcome === "ok" ? 200 : 500 });
  },
};`;

/** Polls an address until it answers 200, for at most twenty seconds. */
export async function untilReady(url: string, why: () => string): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    const said = why();
    if (Date.now() > end || said.includes(TAKEN)) throw new Error(`not ready: ${url}\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * A port that was free a moment ago: one of those that no system gives to a connection by itself, so
 * that only another call of this function could take it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const probe = createServer().listen(port, "127.0.0.1");
    const isFree = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}

function workerdBinary(): string {
  const require = createRequire(import.meta.url);
  const { default: path } = require("workerd") as { default: string };
  if (!existsSync(path)) throw new Error("workerd is not installed");
  return path;
}

/** A text literal of Cap'n Proto's schema language. */
function quote(text: string): string {
  return JSON.stringify(text);
}
