import { resolve, join } from "node:path";
import process from "node:process";
import { isListFile, splitListSource } from "../../agent/list-source.ts";
import { RulesInForce } from "../../runtime/rules-in-force.ts";
import { WorkerdProcesses } from "./workerd-processes.ts";
import { followRules } from "./follow-rules.ts";
import { builtInBots, fileReader } from "../rules-file.ts";
import { workerRules } from "./worker-rules.ts";
import { loadOptional } from "../optional-packages.ts";
import { now } from "../../timing/duration.ts";
import type { SiteOptions, Started, StartOptions } from "./options.ts";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parse } from "jsonc-parser";
import { isClone, packageRoot } from "../package-root.ts";

/** Starts the proxy in workerd, through wrangler's development server with local KV and R2. */
export async function startRuntime(options: StartOptions): Promise<Started> {
  // Otherwise wrangler would fetch a sample of `request.cf`, and send metrics.
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
  process.env["WRANGLER_SEND_METRICS"] = "false";
  const { unstable_startWorker } = await loadOptional("workers", () => import("wrangler"));
  const folder = resolve(options.dataFolder, "workers");
  const { rulesFile } = options;
  const { log } = options.log;
  const inForce = new RulesInForce({
    builtInBots: builtInBots(),
    features: options.site.features,
    // The Worker restarts with the new rules; requests wait meanwhile.
    apply: async (loaded, version, text) => {
      const bindings = bindingsOf(options.siteOf(loaded), { text, version }, options);
      await worker.patchConfig({ bindings });
    },
    now,
    log,
  });
  const text = options.rulesText;
  await inForce.started({ text, readFile: fileReader(rulesFile) });
  const workerd = new WorkerdProcesses();
  const worker = await unstable_startWorker({
    config: writeWorkerConfig(folder),
    bindings: bindingsOf(options.site, { text, version: inForce.state.version }, options),
    dev: {
      server: { hostname: options.host, port: options.port },
      inspector: false,
      logLevel: "warn",
      structuredLogsHandler: (said: ConsoleLine) => passLine(said, options.log),
      persist: folder,
      watch: false,
      remote: false,
    },
  });
  if (options.host !== "127.0.0.1" && options.host !== "::1") {
    const todo = "start with --runtime node, or drop CF-Connecting-IP in front";
    log.warn("clients-name-their-address", { host: options.host, todo });
  }
  const url = `http://127.0.0.1:${options.port}`;
  try {
    await worker.ready;
    await firstAnswer(url);
  } catch (error) {
    // A running workerd would keep this process alive.
    await worker.dispose();
    throw error;
  }
  const following = followRules(rulesFile, inForce, log);
  return {
    url,
    reload: following.reload,
    close: async (grace) => {
      await following.stop();
      await workerd.drain(grace);
      await worker.dispose();
    },
  };
}

/** A line that a Worker writes to its console, or workerd to its output. */
interface ConsoleLine {
  readonly level: string;
  readonly message: string;
}

/** Forwards a line of the Worker's console to the log; reports any other line of workerd. */
function passLine({ level, message }: ConsoleLine, { output, log }: StartOptions["log"]): void {
  if (level === "log") output.request(message);
  else if (message.startsWith('{"time":')) output.message(message, "warn");
  else log.warn("worker-said", { level, message });
}

interface Binding {
  readonly type: "plain_text" | "secret_text";
  readonly value: string;
}

function bindingsOf(
  { rules, bots, originServer, ownKeys, secrets }: SiteOptions,
  written: { readonly text: string; readonly version: string | undefined },
  { dev, logging, debug, readList, tokens }: StartOptions,
): Record<string, Binding> {
  return {
    // First, so that no name in the rules replaces a binding of ours.
    ...bindings("secret_text", secrets),
    ...bindings("plain_text", {
      ORIGIN_URL: originServer,
      RULES: workerRules(written.text, rules, bots),
      RULES_VERSION: written.version,
      IP_RANGES: JSON.stringify(listTexts(bots, readList)),
      DEV: dev ? "1" : "0",
      LOG: logging.level,
      LOG_FORMAT: logging.format,
      DEBUG: debug ? "1" : "0",
      CHECK_ORIGIN: "1",
      LOCAL: "1",
    }),
    ...bindings("secret_text", {
      AGENT_KEYS: ownKeys?.text,
      ADMIN_TOKEN: tokens.admin,
      PURGE_TOKEN: tokens.purge,
    }),
  };
}

function bindings(
  type: Binding["type"],
  values: Readonly<Record<string, string | undefined>>,
): Record<string, Binding> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, { type, value }]],
    ),
  );
}

/** The texts of address lists that are files, which a Worker can't read. */
function listTexts(
  bots: SiteOptions["bots"],
  readList: StartOptions["readList"],
): Readonly<Record<string, string>> {
  const files = bots.flatMap(({ ipRanges }) => ipRanges.filter(isListFile));
  const paths = [...new Set(files.map((source) => splitListSource(source).location))];
  return Object.fromEntries(
    paths.flatMap((path) => {
      const text = readList(path);
      return text === undefined ? [] : [[path, text]];
    }),
  );
}

/** Sends the first request, which compiles the Worker, so that no visitor waits for that. */
async function firstAnswer(url: string): Promise<void> {
  const response = await fetch(`${url}/.wayleave/health`);
  await response.body?.cancel();
  if (!response.ok)
    throw new Error(
      `the Worker does not start: its health endpoint responded with ${response.status}`,
    );
}

/**
 * Writes wrangler's configuration for a local start into `folder`, and returns its path: the
 * configuration of the package with the path of the Worker (the source in a clone, else the built
 * file). wrangler then writes its own files into `folder`, not into the package.
 */
function writeWorkerConfig(folder: string): string {
  const root = packageRoot();
  const text = readFileSync(join(root, "wrangler.jsonc"), "utf8");
  // The rules are checked already; the script of `build` exists in a clone only.
  const { $schema: _schema, build: _build, ...config } = parse(text) as Record<string, unknown>;
  const main = join(
    root,
    isClone() ? "src/runtime/workers/index.ts" : "dist/runtime/workers/index.js",
  );
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "wrangler.json");
  writeFileSync(path, `${JSON.stringify({ ...config, main }, undefined, 2)}\n`);
  return path;
}
