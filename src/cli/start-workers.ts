import { resolve } from "node:path";
import process from "node:process";
import { isListFile } from "../agent/operator-ranges.ts";
import type { Started, StartOptions } from "./start-options.ts";
import { writeWorkerConfig } from "./worker-config.ts";

/** Starts the proxy in workerd, through wrangler's development server with local KV and R2. */
export async function startRuntime(options: StartOptions): Promise<Started> {
  // wrangler would ask its maker for a sample of `request.cf`, and send usage figures.
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
  process.env["WRANGLER_SEND_METRICS"] = "false";
  const { unstable_startWorker } = await import("wrangler");
  const rules = { ...options.rules, agents: { ...options.rules.agents, bots: options.bots } };
  const folder = resolve(options.dataFolder, "workers");
  const worker = await unstable_startWorker({
    config: writeWorkerConfig(folder),
    bindings: {
      ORIGIN_URL: { type: "plain_text", value: options.origin },
      RULES: { type: "plain_text", value: JSON.stringify(rules) },
      IP_RANGES: { type: "plain_text", value: JSON.stringify(listTexts(options)) },
      ...(options.ownKeys === undefined
        ? {}
        : { AGENT_KEYS: { type: "secret_text", value: options.ownKeys.text } }),
      DEV: { type: "plain_text", value: options.dev ? "1" : "0" },
      LOG: { type: "plain_text", value: options.logsRequests ? "requests" : "none" },
      DEBUG: { type: "plain_text", value: options.debug ? "1" : "0" },
    },
    dev: {
      server: { hostname: "127.0.0.1", port: options.port },
      inspector: false,
      logLevel: "warn",
      persist: folder,
      watch: false,
      remote: false,
    },
  });
  await worker.ready;
  const url = `http://127.0.0.1:${options.port}`;
  await firstAnswer(url);
  return { url, close: () => worker.dispose() };
}

/** The address lists that are files: a Worker has none of its own. */
function listTexts({ bots, readList }: StartOptions): Readonly<Record<string, string>> {
  const paths = bots.flatMap(({ ipRanges }) => ipRanges.filter(isListFile));
  return Object.fromEntries(
    paths.flatMap((path) => {
      const text = readList(path);
      return text === undefined ? [] : [[path, text]];
    }),
  );
}

/** The first request compiles the Worker: it is ours, so that no visitor waits for it. */
async function firstAnswer(url: string): Promise<void> {
  const response = await fetch(`${url}/.wayleave/ready`);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the Worker does not start: ${response.status}`);
}
