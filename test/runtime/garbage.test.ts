import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import type { Command } from "../support/watched-proxy.ts";

/** So few that no full collection is due within them. */
const REQUESTS = 304;
/** Bytes; a request has more than 10 KB of its own: a record, two messages and an exchange. */
const MOST_LEFT = 6 * 1024;

const RULES = {
  defaults: { documents: true, canonicalRedirect: true, markdown: true, compression: true },
};
const PAGE = `<!doctype html><title>A page</title><main>${"<p>Some words of a page.</p>".repeat(40)}</main>`;

let origin: TestOrigin;
let proxy: ChildProcess;
let url: string;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

beforeAll(async () => {
  origin = await startOrigin();
  origin.routes.set("/data", (_incoming, outgoing) => {
    outgoing.writeHead(200, { "content-type": "application/octet-stream" }).end("x".repeat(1000));
  });
  origin.routes.set("/page", (_incoming, outgoing) => {
    outgoing.writeHead(200, { "content-type": "text/html", "cache-control": "no-store" }).end(PAGE);
  });
  const file = new URL("../support/watched-proxy.ts", import.meta.url);
  proxy = fork(file, [origin.url, JSON.stringify(RULES)], {
    execArgv: ["--expose-gc", "--disable-warning=ExperimentalWarning"],
  });
  [url] = (await once(proxy, "message")) as [string];
});

afterAll(async () => {
  agent.destroy();
  proxy.disconnect();
  await once(proxy, "exit");
  await origin.close();
});

async function used(): Promise<number> {
  proxy.send("heap" satisfies Command);
  const [bytes] = (await once(proxy, "message")) as [number];
  return bytes;
}

function get(path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { agent, headers }, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function getMany(path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  for (let i = 0; i < REQUESTS; i += 8) {
    await Promise.all(Array.from({ length: 8 }, () => get(path, headers)));
  }
}

const CASES = [
  ["content that passes", "/data", {}],
  ["a page that passes", "/page", { accept: "text/html" }],
] as const;

/**
 * V8 allocates a function literal that is assigned to a property in old space. If one is made for each
 * request, collections of young objects copy all that it reaches, again and again.
 */
describe("a request that has ended", () => {
  it.each(CASES)("leaves nothing for a full collection: %s", async (_name, path, headers) => {
    await getMany(path, headers);
    const before = await used();
    await getMany(path, headers);
    const left = (await used()) - before;
    expect(left / REQUESTS).toBeLessThan(MOST_LEFT);
  });
});
