// Peak memory of the whole Worker: node scripts/node.mjs bench/proxy-memory.ts
// The Worker as deployed, on bare workerd with KV, R2 and a Durable Object; each case has its own. Measures the
// peak of its resident memory above idle, after all background work.
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { createServer, request } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { RUNTIMES } from "../test/support/runtimes.ts";
import { cpuTicks, resident } from "./load.ts";
import { pairTexts } from "./pairs.ts";

const MB = 1024 * 1024;
const hash = (content: Buffer): Buffer => createHash("sha256").update(content).digest();

interface Got {
  readonly coding: string | undefined;
  readonly length: number;
}

function get(url: string, headers: Record<string, string>): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, agent: false }, (answer) => {
      const coding = answer.headers["content-encoding"];
      buffer(answer).then(({ length }) => resolve({ coding, length }), reject);
    });
    asked.on("error", reject).end();
  });
}

/** Waits until a process has been idle for a second. */
async function untilIdle(pid: number): Promise<void> {
  for (let before = -1, now = cpuTicks(pid); now - before > 3;) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    now = cpuTicks(pid);
  }
}

async function measure(texts: readonly Buffer[], coding: string, inlineBytes: number | undefined) {
  const origin = createServer(({ url = "" }, response) => {
    const content = texts[Number(/v(\d)/.exec(url)?.[1] ?? -1)] ?? Buffer.from("small");
    const fields = { "content-type": "text/javascript", "cache-control": "public, max-age=600" };
    const etag = `"${hash(content).toString("hex").slice(0, 8)}"`;
    response.writeHead(200, { ...fields, etag, "content-length": content.length }).end(content);
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  const budget = inlineBytes === undefined ? {} : { inlineBytes };
  const compression = coding !== "none" && { dictionary: { match: "/app.*", budget } };
  const proxy = await RUNTIMES.workerd({
    origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
    rules: { defaults: { compression } },
  });
  try {
    const { pid = 0, url } = proxy;
    const plain = { "accept-encoding": "gzip, br" };
    const offer = {
      "accept-encoding": coding === "none" ? "gzip, br" : `gzip, br, ${coding}`,
      "available-dictionary": `:${hash(texts[0] as Buffer).toString("base64")}:`,
    };
    await get(`${url}/small`, plain);
    await untilIdle(pid);
    const idle = resident(pid);
    const peaks: string[] = [];
    // The old version, the first and the second client with it, and two clients without.
    for (const [target, fields] of [
      ["/app.v0.js", plain],
      ["/app.v1.js", offer],
      ["/app.v1.js", offer],
      ["/app.v1.js", plain],
      ["/app.v1.js", plain],
    ] as const) {
      const got = await get(url + target, fields);
      await untilIdle(pid);
      const peak = (resident(pid, "VmHWM") - idle).toFixed(0);
      peaks.push(`${peak} (${got.coding ?? "plain"})`);
    }
    return peaks;
  } finally {
    await proxy.close();
    origin.closeAllConnections();
    origin.close();
  }
}

const head = ["pair, at its size", "case", "old version", "first offer", "second offer"];
head.push("plain", "plain again");
console.log(`| ${head.join(" | ")} |\n|${" --- |".repeat(head.length)}`);
for (const [id, bytes] of [
  ["plotly-2.29-2.30", 4 * MB],
  ["tailwind-css-2.1-2.2", 4 * MB],
  ["plotly-2.29-2.30", 3.5 * MB],
  ["plotly-2.29-2.30", 2 * MB],
] as const) {
  const texts = pairTexts(id, bytes);
  for (const [name, coding, inlineBytes] of [
    ["passed through", "none", undefined],
    ["dcb, by default", "dcb", undefined],
    ["dcz, by default", "dcz", undefined],
    ["dcb, inlineBytes 8 MiB", "dcb", 8 * MB],
    ["dcz, inlineBytes 8 MiB", "dcz", 8 * MB],
  ] as const) {
    if (bytes < 4 * MB && inlineBytes !== undefined) continue;
    const peaks = await measure(texts, coding, inlineBytes);
    console.log(`| ${id}, ${bytes / MB} MiB | ${name} | ${peaks.join(" | ")} |`);
  }
}
