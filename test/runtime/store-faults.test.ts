import { createHash, randomBytes } from "node:crypto";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workerBundle } from "../support/worker-bundle.ts";
import { sampleOf } from "../support/sample.ts";
import { generateKeys, signMessage } from "../../src/agent/web-bot-auth/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { send } from "../support/client.ts";
import { startCloudflareStorage, type CloudflareStorage } from "../support/cloudflare-storage.ts";
import { FAULTS, faultyStore } from "../support/faulty-store.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import {
  freePort,
  RUNTIMES,
  type Proxy,
  type ProxyOptions,
  type RuntimeName,
} from "../support/runtimes.ts";

/** Less than what a stage may take: who waits longer for a store fails the test. */
const PATIENCE = 9000;
const FAULTY_LEDGER = "test/runtime/faulty-ledger-worker.ts";

const PUBLIC = "https://www.example.com";
const old = randomBytes(4000).toString("hex");
const next = `${old}more`;
const hash = createHash("sha256").update(old).digest("base64");

let origin: TestOrigin;
let keys: Awaited<ReturnType<typeof generateKeys>>;

beforeAll(async () => {
  origin = await startOrigin();
  keys = await generateKeys();
  const serve = (path: string, type: string, content: string, etag: string) =>
    origin.routes.set(path, (request, response) => {
      const fields = { "content-type": type, "cache-control": "public, max-age=600", etag };
      response.writeHead(200, fields).end(request.method === "HEAD" ? undefined : content);
    });
  const page = (title: string, head = "") =>
    `<!doctype html><html><head><title>${title}</title>${head}</head><body><main><h1>${title}</h1><p>${"Some words of the page. ".repeat(9)}</p></main></body></html>`;
  serve("/page/", "text/html", page("Page"), '"page"');
  serve("/old/", "text/html", page("Old", '<link rel="canonical" href="/page/">'), '"old"');
  serve("/a.1.js", "text/javascript", old, '"1"');
  serve("/a.2.js", "text/javascript", next, '"2"');
  serve(
    "/sitemap.xml",
    "application/xml",
    `<urlset><url><loc>${PUBLIC}/page/</loc></url></urlset>`,
    '"map"',
  );
  const type = "application/http-message-signatures-directory+json";
  serve(
    "/.well-known/http-message-signatures-directory",
    type,
    JSON.stringify(keys.directory),
    '"k"',
  );
});
afterAll(() => origin?.close());

/** A site with everything on, in front of a store. */
async function start(
  runtime: RuntimeName,
  store: Store | CloudflareStorage,
  worker: Pick<ProxyOptions, "entry" | "variables"> = {},
): Promise<Proxy> {
  const port = await freePort();
  const isStorage = "address" in store;
  return RUNTIMES[runtime]({
    origin: origin.url,
    port,
    rules: {
      publicOrigin: PUBLIC,
      agents: {
        bots: [
          {
            name: "DemoTrainer",
            tokens: ["DemoTrainer"],
            operator: "Demo",
            category: "AI Crawler",
            behaviours: ["Training"],
            signatureAgents: [`http://127.0.0.1:${port}`],
          },
        ],
      },
      defaults: {
        cache: { after: 100 },
        markdown: true,
        documents: true,
        canonicalRedirect: true,
        compression: { dictionary: { match: "/*.js" } },
      },
    },
    ...(isStorage ? { storage: store } : { platform: { store } }),
    ...worker,
  });
}

/** Asks for one of each feature; every answer has to be what it is with a store that works. */
async function visit(proxy: Proxy): Promise<void> {
  const markdown = await send(`${proxy.url}/page/index.md`);
  expect(markdown.status).toBe(200);
  expect(markdown.headers["content-type"]).toBe("text/markdown; charset=utf-8");
  expect(markdown.body.toString()).toContain("# Page");

  const list = await send(`${proxy.url}/llms.txt`);
  expect(list.status).toBe(200);
  expect(list.body.toString()).toContain(`${PUBLIC}/page/`);

  const created = Math.floor(Date.now() / 1000);
  const message = { method: "GET", url: `${PUBLIC}/old/` };
  const agent = proxy.url;
  const fields = await signMessage(message, keys.privateJwk, {
    agent,
    created,
    expires: created + 60,
  });
  const crawled = await send(`${proxy.url}/old/`, { headers: { ...fields } });
  expect(crawled.status).toBe(301);
  expect(crawled.headers["location"]).toBe(`${PUBLIC}/page/`);

  const offer = { "accept-encoding": "dcz", "available-dictionary": `:${hash}:` };
  for (const [path, content] of [
    ["/a.1.js", old],
    ["/a.2.js", next],
  ] as const) {
    const got = await send(proxy.url + path, { headers: offer });
    expect(got.status).toBe(200);
    expect(got.headers.vary).toContain("Available-Dictionary");
    const coded = got.headers["content-encoding"] === "dcz";
    const bytes = coded
      ? zstdDecompressSync(got.body.subarray(40), { dictionary: Buffer.from(old) })
      : got.body;
    expect(bytes.toString()).toBe(content);
  }
}

/** What goes on behind an answer is done soon. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 150));

describe("a store that fails never fails or delays a response", () => {
  it.each(FAULTS)(
    "on Node, if everything %s from the start",
    { timeout: PATIENCE },
    async (fault) => {
      const proxy = await start("node", faultyStore(memoryStore(), { all: fault }));
      await visit(proxy);
      await settle();
      await visit(proxy);
      await proxy.close();
    },
  );

  it.each(FAULTS)(
    "on Node, if the entries of another process %s",
    { timeout: PATIENCE },
    async (fault) => {
      const kept = memoryStore();
      const first = await start("node", kept);
      await visit(first);
      await settle();
      await first.close();
      const second = await start("node", faultyStore(kept, { all: fault }));
      await visit(second);
      await second.close();
    },
  );

  const OPERATIONS = ["blobs.get", "index.get", "blobs.put", "index.put", "blobs.delete"] as const;
  it.each(OPERATIONS)(
    "on Node, if %s alone fails in any way",
    { timeout: 30_000 },
    async (operation) => {
      for (const fault of sampleOf(FAULTS, 3, OPERATIONS.indexOf(operation))) {
        const kept = memoryStore();
        const store = faultyStore(kept, { [operation]: fault });
        const first = await start("node", store);
        await visit(first);
        await settle();
        await first.close();
        const second = await start("node", store);
        await visit(second);
        await second.close();
      }
    },
  );

  it("on Node, and reads its entries again once the store works", async () => {
    const kept = memoryStore();
    const store = faultyStore(kept, { all: "rejects" });
    const proxy = await start("node", store);
    await visit(proxy);
    store.fail("all", "none");
    const at = async () => (await send(`${proxy.url}/page/index.md`)).headers["cache-status"];
    await at();
    await settle();
    expect(await at()).toContain("wayleave; hit");
    await proxy.close();
  });

  it("drops markdown whose stored bytes were altered, and stores it again", async () => {
    const kept = memoryStore();
    const store = faultyStore(kept);
    const first = await start("node", store);
    await visit(first);
    await settle();
    await first.close();
    store.fail("blobs.get", "torn");
    const second = await start("node", store);
    await visit(second);
    await settle();
    expect(store.begun).toContain("blobs.delete");
    await second.close();
  });

  it.each(["fails", "hangs", "other bytes"] as const)(
    "on workerd, if KV and R2: %s",
    { timeout: 120_000 },
    async (fault) => {
      const storage = await startCloudflareStorage();
      const first = await start("workerd", storage);
      await visit(first);
      await settle();
      await first.close();
      expect(storage.objects.size).toBeGreaterThan(1);
      storage.fault = fault;
      const second = await start("workerd", storage);
      await visit(second);
      await visit(second);
      await second.close();
      storage.close();
    },
  );

  // Bundling takes longer than a test may on a busy machine.
  beforeAll(() => workerBundle(FAULTY_LEDGER), 120_000);

  it.each(["throws", "refuses", "hangs", "is reset", "answers nonsense"])(
    "on workerd, if the ledger's object %s",
    { timeout: 30_000 },
    async (fault) => {
      const storage = await startCloudflareStorage();
      const proxy = await start("workerd", storage, {
        entry: FAULTY_LEDGER,
        variables: { LEDGER_FAULT: fault },
      });
      await visit(proxy);
      await visit(proxy);
      // The operator hears of it, once.
      expect(proxy.log.filter((line) => line.includes("store-failing"))).toHaveLength(1);
      await proxy.close();
      storage.close();
    },
  );

  it("on workerd, if a new deploy finds the entries of the one before", async () => {
    const storage = await startCloudflareStorage();
    const first = await start("workerd", storage);
    await visit(first);
    await settle();
    await first.close();
    const asked = () => origin.requests.filter(({ url }) => url === "/page/").length;
    const second = await start("workerd", storage);
    const before = asked();
    const got = await send(`${second.url}/page/index.md`);
    expect(got.headers["cache-status"]).toContain("wayleave; hit");
    expect(asked()).toBe(before);
    const offer = { "accept-encoding": "dcz", "available-dictionary": `:${hash}:` };
    const delta = await send(`${second.url}/a.2.js`, { headers: offer });
    expect(delta.headers["content-encoding"]).toBe("dcz");
    await second.close();
    storage.close();
  });
});
