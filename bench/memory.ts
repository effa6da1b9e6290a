// npm run bench -- memory [--runtime node|workerd] [--times 4] [--budget MIB]: on Node any budget.
// Measures the resident memory of the proxy while it serves more distinct content than the budget of its
// caches.
// The origin server has a different page for every URL; a part of them is requested repeatedly.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { freePort } from "../test/support/runtimes.ts";
import { node, PROXY_CORE, resident, Servers } from "./load.ts";

const { values } = parseArgs({
  options: {
    runtime: { type: "string", default: "node" },
    times: { type: "string", default: "4" },
    budget: { type: "string" },
  },
});
const MIB = 1024 * 1024;
const runtime = values.runtime === "workerd" ? "workerd" : "node";
/** The budget of the caches of one process, in MiB (docs/caching.md). */
const STANDARD = runtime === "node" ? "128" : "40";
const budget = runtime === "node" ? (values.budget ?? STANDARD) : STANDARD;
/** The distinct content, in MiB, with any budget. */
const CONTENT = Number(STANDARD);
const PAGE = 32 * 1024;
const AT_ONCE = 8;
const TOKEN = "the-token-of-the-benchmark";

const RULES = JSON.stringify({
  defaults: { cache: { after: 1 }, markdown: true, compression: { dictionary: true } },
});

/** Words that compress badly, the same for the same URL. */
function pageOf(target: string): Buffer {
  let state = Buffer.from(target).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7) >>> 0;
  let text = `<!doctype html><html><head><title>${target}</title></head><body><main>`;
  while (text.length < PAGE) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += `<p>${state.toString(36)} ${(state ^ 0x5bd1e995).toString(36)}</p>`;
  }
  return Buffer.from(text);
}

const origin = createServer(({ url = "/" }, response) => {
  const content = pageOf(url);
  response.writeHead(200, {
    "content-type": "text/html",
    "cache-control": "public, max-age=3600",
    etag: `"${url.length}${url.slice(-8).replaceAll(/\W/g, "")}"`,
    "content-length": content.length,
  });
  response.end(content);
});
origin.listen(0, "127.0.0.1");
await once(origin, "listening");
const originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
function get(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, headers }, (response) => {
      let text = "";
      response.on("data", (piece: Buffer) => (text += piece.length < 4096 ? String(piece) : ""));
      response.on("end", () => resolve(text));
      response.on("error", reject);
    });
    asked.on("error", reject).end();
  });
}

const servers = new Servers();
try {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const command =
    runtime === "node"
      ? node("wayleave-node.ts", originUrl, `${port}`, RULES, TOKEN, budget)
      : servers.workerd("wayleave", port, undefined, {
          ORIGIN_URL: originUrl,
          RULES,
          ADMIN_TOKEN: TOKEN,
        });
  const pid = servers.start(PROXY_CORE, command);
  for (let i = 0; ; i++) {
    const isUp = await get(`${url}/.wayleave/health`, {}).then(
      () => true,
      () => false,
    );
    if (isUp || i === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const used = async (): Promise<string> => {
    const text = await get(`${url}/.wayleave/ready`, { authorization: `Bearer ${TOKEN}` });
    const { memory } = JSON.parse(text) as { memory?: { used: number } };
    return memory === undefined ? "?" : (memory.used / MIB).toFixed(0);
  };
  const idle = resident(pid);
  console.log(`${runtime}: budget ${budget} MiB, resident at the start ${idle.toFixed(0)} MB`);
  console.log("| distinct content, MiB | caches, MiB | resident, MB | at most, MB |");
  console.log("| ---: | ---: | ---: | ---: |");
  const pages = (CONTENT * MIB) / PAGE;
  for (let step = 1; step <= 4 * Number(values.times); step++) {
    const from = Math.round(((step - 1) * pages) / 4);
    const until = Math.round((step * pages) / 4);
    for (let i = from; i < until; i += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, until - i) }, (_, k) => i + k);
      await Promise.all(
        some.map(async (number) => {
          const accept = number % 4 === 0 ? "text/markdown" : "text/html";
          const headers = { accept, "accept-encoding": "br, gzip" };
          await get(`${url}/folder${number % 50}/page${number}`, headers);
          await get(`${url}/folder0/page${(number * 50) % 5000}`, headers);
        }),
      );
    }
    const now = resident(pid).toFixed(0);
    const peak = resident(pid, "VmHWM").toFixed(0);
    console.log(`| ${(step * CONTENT) / 4} | ${await used()} | ${now} | ${peak} |`);
  }
} finally {
  servers.close();
  agent.destroy();
  origin.closeAllConnections();
  origin.close();
}
