// Measures the CPU time for each request of stored markdown, against a passthrough of the same bytes.
// node scripts/node.mjs bench/kept-markdown.ts [--rounds 9] [--requests 3000]
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { Pool } from "undici";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    requests: { type: "string", default: "3000" },
  },
});
const root = new URL("..", import.meta.url).pathname;
const page = `<!doctype html><title>Page</title><main><h1>Page</h1>${"<p>Some words of a paragraph, and some more of them.</p>".repeat(380)}</main>`;
/** Stored markdown, and a passthrough of the same bytes. */
const PATHS = ["/page/index.md", "/same.txt"];
let markdown: Buffer | undefined;

const origin = createServer((request, response) => {
  const isText = request.url === "/same.txt";
  response.writeHead(200, {
    "content-type": isText ? "text/plain; charset=utf-8" : "text/html; charset=utf-8",
    "cache-control": "public, max-age=3600",
    etag: '"v1"',
    ...(isText ? { "content-length": markdown?.length } : {}),
  });
  response.end(isText ? markdown : page);
});
origin.listen(0, "127.0.0.1");
await new Promise((resolve) => origin.once("listening", resolve));
const { port } = origin.address() as AddressInfo;

const proxyPort = 9177;
const proxy = spawn(
  process.execPath,
  [
    "--disable-warning=ExperimentalWarning",
    join(root, "bench/peers/wayleave-node.ts"),
    `http://127.0.0.1:${port}`,
    String(proxyPort),
  ],
  { stdio: ["ignore", "ignore", "inherit"] },
);
const pool = new Pool(`http://127.0.0.1:${proxyPort}`, { connections: 16 });

try {
  markdown = await firstAnswer();
  for (const path of PATHS) await load(path, 500);
  const cpu = new Map<string, number[]>(PATHS.map((path) => [path, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const path of round % 2 === 0 ? PATHS : PATHS.toReversed()) {
      const before = cpuTime();
      await load(path, Number(values.requests));
      cpu.get(path)?.push((cpuTime() - before) / Number(values.requests));
    }
  }
  const [stored, passed] = PATHS.map((path) => median(cpu.get(path) ?? [])) as [number, number];
  console.log(`${markdown.length} bytes of markdown`);
  console.log(`served again   ${(stored * 1e6).toFixed(0).padStart(5)} µs a request`);
  console.log(`passed through ${(passed * 1e6).toFixed(0).padStart(5)} µs a request`);
  console.log(`rate against passthrough ${(passed / stored).toFixed(2)}`);
} finally {
  await pool.destroy();
  proxy.kill();
  origin.close();
}

async function firstAnswer(): Promise<Buffer> {
  for (let tries = 0; ; tries++) {
    try {
      const { body } = await pool.request({ method: "GET", path: "/page/index.md" });
      return Buffer.from(await body.arrayBuffer());
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function load(path: string, requests: number): Promise<void> {
  let left = requests;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const { statusCode, body } = await pool.request({ method: "GET", path });
      if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`);
      await body.dump();
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

/** Seconds of CPU that the proxy has used. */
function cpuTime(): number {
  const [, rest = ""] = readFileSync(`/proc/${proxy.pid}/stat`, "utf8").split(") ");
  const fields = rest.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
