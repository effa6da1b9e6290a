import { FEATURES } from "../../src/features.ts";
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { FieldList } from "../../src/http/fields.ts";
import { MadeBody } from "../../src/pipeline/body.ts";
import type { OriginRequest, OriginResponse } from "../../src/pipeline/exchange.ts";
import { loadRules } from "../../src/rules/load.ts";
import { nodePlainCodecs } from "../../src/runtime/node/codecs.ts";
import { reviveOnNode } from "../../src/runtime/node/origin-body.ts";
import { WebExchange } from "../../src/runtime/web/exchange.ts";
import { WebRequest } from "../../src/runtime/web/request.ts";
import { toResponse } from "../../src/runtime/web/respond.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import type { Store } from "../../src/store/store.ts";
import { runsOf } from "../support/sample.ts";

const HOSTS = runsOf(10_000, 5000);
const PAGE = `<!doctype html><title>A page</title><link rel="canonical" href="/other"><main><h1>A page</h1><p>${"Words of the page. ".repeat(40)}</p></main>`;
const SCRIPT = "export const word = 1; // some text\n".repeat(100);

/** A store that has nothing, and counts what is written. */
function countingStore() {
  const writes = { blobs: 0, index: 0, ledger: 0 };
  const store: Store = {
    blobs: {
      get: async () => undefined,
      put: async () => void writes.blobs++,
      delete: async () => {},
    },
    index: { get: async () => undefined, put: async () => void writes.index++ },
    ledger: {
      read: async () => new Map(),
      change: async () => void writes.ledger++,
      claim: async () => true,
    },
  };
  return { store, writes };
}

const answer = async ({ method, target }: OriginRequest): Promise<OriginResponse> => {
  const isPage = !target.endsWith(".js");
  const type = isPage ? "text/html" : "text/javascript";
  const control = "public, max-age=600";
  const named = { "content-type": type, "cache-control": control, etag: '"1"' };
  const fields = FieldList.from(Object.entries(named).flat());
  fields.set("date", new Date().toUTCString());
  const content = new TextEncoder().encode(isPage ? PAGE : SCRIPT);
  return { status: 200, fields, body: method === "HEAD" ? null : new MadeBody(content) };
};

function proxy(store: Store) {
  const work = new Set<Promise<unknown>>();
  const bots = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");
  const rules = {
    originHost: "public",
    defaults: {
      documents: { crawl: true },
      canonicalRedirect: true,
      markdown: true,
      compression: { dictionary: true },
      cache: { after: 3 },
    },
    rules: [
      {
        name: "named",
        match: { path: "/app.*.js" },
        compression: { dictionary: { match: "/app.*.js" } },
      },
    ],
  };
  const app = createApp(
    {
      ...loadRules(JSON.stringify(rules), "rules", bots, () => undefined, FEATURES),
      dev: false,
      originServer: "http://origin.example",
    },
    {
      store,
      cache: { revive: reviveOnNode, hasCodedBytes: true },
      engine: streamEngine,
      codecs: [],
      plain: nodePlainCodecs(),
      decodable: new Set(),
      fetchDirectory: () => Promise.reject(new Error("nobody is asked")),
      askOrigin: answer,
      now: () => Math.floor(Date.now() / 1000),
      log: { info: () => {}, warn: () => {} },
    },
  );
  return async (host: string, target: string, accept: string): Promise<void> => {
    const headers = { accept, "user-agent": "a client", "accept-encoding": "identity" };
    const exchange = new WebExchange(
      new WebRequest(new Request(`https://${host}${target}`, { headers })),
      { origin: `https://${host}`, host },
      {
        trustsForwarded: false,
        clientAddress: "203.0.113.5",
        background: (each) => {
          const settled = each.catch(() => {}).finally(() => work.delete(settled));
          work.add(settled);
        },
      },
    );
    const response = toResponse(await app.pipeline(exchange, answer));
    await response.arrayBuffer();
    while (work.size > 0) await Promise.all(work);
  };
}

/** Bytes that are in use once all garbage is gone. */
function heap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

it("thousands of invented hosts leave bounded traces in memory and in the store", async () => {
  const { store, writes } = countingStore();
  const ask = proxy(store);
  const visit = async (number: number): Promise<void> => {
    // Long, so that whatever holds hosts without end shows.
    const host = `h${number}.${"label".repeat(10)}.${"label".repeat(10)}.example`;
    await ask(host, "/page", "text/html");
    if (number > HOSTS / 2) return;
    await ask(host, "/page", "text/markdown");
    await ask(host, "/app.1.js", "*/*");
    if (number % 100 === 0) await ask(host, "/llms.txt", "text/plain");
  };
  await visit(0);
  const before = heap();
  for (let number = 1; number <= HOSTS; number++) await visit(number);
  // Of markdown, facts and resources 2,000 each; 500 groups, and what the automatic mode saw of 500.
  expect(writes.index).toBeLessThanOrEqual(3 * 2000);
  expect(writes.blobs).toBeLessThanOrEqual(2000 + 500 + 500);
  expect(writes.ledger).toBeLessThanOrEqual(2 * 500 + 2000);
  expect(heap() - before).toBeLessThan(96 * 1024 * 1024);
}, 300_000);
