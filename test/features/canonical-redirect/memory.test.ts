import { processMemory } from "../../../src/memory/budget.ts";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import { CanonicalMemory } from "../../../src/features/canonical-redirect/memory.ts";
import { storedGenerations } from "../../../src/store/generations.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { PUBLIC } from "./cases.ts";
import { Bench, NO_PURGES, page } from "./exchange.ts";

const HUMAN: Agent = { kind: "anonymous" };

describe("a stored fact", () => {
  it("answers the next crawler without the origin server", async () => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new"));
    expect(await bench.ask("/old")).toMatchObject({ to: "/new", asked: true });
    expect(await bench.ask("/old")).toMatchObject({ status: 301, to: "/new", asked: false });
    expect(bench.decisions.at(-1)).toMatchObject({
      reason: "canonical-remembered",
      detail: { agent: "DemoTrainer", to: "https://www.example.com/new", source: "link-element" },
    });
  });

  it("answers HEAD, and a conditional request, which would be no 304 either", async () => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new", { etag: '"1"' }));
    const fields = { "if-none-match": '"1"' };
    expect(await bench.ask("/old", { fields })).toMatchObject({ to: "/new", asked: true });
    expect(await bench.ask("/old", { fields })).toMatchObject({ to: "/new", asked: false });
    expect(await bench.ask("/old", { method: "HEAD" })).toMatchObject({ to: "/new", asked: false });
  });

  it("is never used for another client", async () => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new"));
    await bench.ask("/old");
    const got = await bench.ask("/old", { agent: HUMAN });
    expect(got).toMatchObject({ status: 200, asked: true, to: undefined });
  });

  it.each([
    ["keepFor", { keepFor: "10m" }],
    ["the key's former name", { rememberFor: "10m" }],
  ])("is forgotten after the time in %s", async (_name, options) => {
    const bench = new Bench(options);
    bench.pages.set("/old", page("/new"));
    await bench.ask("/old");
    bench.clock += 599;
    expect((await bench.ask("/old")).asked).toBe(false);
    bench.clock += 1;
    expect((await bench.ask("/old")).asked).toBe(true);
  });

  it.each([
    ["ETag", { etag: '"1"' }, { etag: '"2"' }],
    [
      "Last-Modified",
      { "last-modified": "Mon, 02 Nov 2026 00:00:00 GMT" },
      { "last-modified": "Tue, 03 Nov 2026 00:00:00 GMT" },
    ],
  ])("is dropped when a human's answer has another %s", async (_name, before, after) => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new", before));
    await bench.ask("/old");
    await bench.ask("/old", { agent: HUMAN });
    expect((await bench.ask("/old")).asked).toBe(false);
    bench.pages.set("/old", page(undefined, after));
    await bench.ask("/old", { agent: HUMAN });
    expect(await bench.ask("/old")).toMatchObject({ status: 200, asked: true, to: undefined });
  });

  it("outlives another content coding's ETag", async () => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new", { etag: '"1"' }));
    await bench.ask("/old");
    bench.pages.set("/old", page("/new", { etag: '"1-gzip"', "content-encoding": "gzip" }));
    await bench.ask("/old", { agent: HUMAN });
    expect((await bench.ask("/old")).asked).toBe(false);
  });

  it.each([404, 410, 301, 302])("is dropped when a human's answer is %i", async (status) => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new"));
    await bench.ask("/old");
    bench.pages.set("/old", { status, fields: { location: "/elsewhere" } });
    await bench.ask("/old", { agent: HUMAN });
    expect(await bench.ask("/old")).toMatchObject({ status, asked: true });
  });

  it.each([429, 500, 503])("outlives an answer %i", async (status) => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new"));
    await bench.ask("/old");
    bench.pages.set("/old", { status });
    await bench.ask("/old", { agent: HUMAN });
    expect((await bench.ask("/old")).asked).toBe(false);
  });

  it.each([
    ["private", { "cache-control": "private" }],
    ["no-store", { "cache-control": "no-store" }],
    ["a cookie", { "set-cookie": "a=1" }],
    ["Vary: Cookie", { vary: "Cookie" }],
  ])("prevents loops but redirects no client after %s", async (_what, fields) => {
    const bench = new Bench();
    bench.pages.set("/a", page("/b", fields));
    bench.pages.set("/b", page("/a", fields));
    expect(await bench.crawl("/a")).toEqual(["/a"]);
    expect(await bench.ask("/a")).toMatchObject({ status: 200, asked: true });
  });

  it.each(["authorization", "cookie"])("is nothing of a request with %s", async (name) => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new"));
    await bench.ask("/old", { fields: { [name]: "x" } });
    expect((await bench.ask("/old")).asked).toBe(true);
    expect((await bench.ask("/old", { fields: { [name]: "x" } })).asked).toBe(true);
  });

  it("identifies a page by path and query, without ignored parameters", async () => {
    const bench = new Bench({ ignoreParameters: ["utm_*"] });
    bench.pages.set("/old?utm_source=a", page("/new"));
    bench.pages.set("/old?page=2", page());
    await bench.ask("/old?utm_source=a");
    expect((await bench.ask("/old?utm_source=b")).to).toBe("/new");
    expect((await bench.ask("/old")).to).toBe("/new");
    expect((await bench.ask("/old?page=2")).status).toBe(200);
  });

  it("lets a page that stays be revalidated", async () => {
    const bench = new Bench();
    bench.pages.set("/page", page(undefined, { etag: '"1"' }));
    const fields = { "if-none-match": '"1"' };
    // The first time the page has to be read, whatever the client has of it.
    expect((await bench.ask("/page", { fields })).status).toBe(304);
    expect(bench.asked[0]?.fields.get("if-none-match")).toBeUndefined();
    expect((await bench.ask("/page", { fields })).status).toBe(304);
    expect(bench.asked[1]?.fields.get("if-none-match")).toBe('"1"');
    bench.pages.set("/page", page("/new", { etag: '"2"' }));
    expect((await bench.ask("/page", { fields })).to).toBe("/new");
  });

  it("is shared through the store, and stays dropped once dropped", async () => {
    const store = memoryStore();
    const [one, two] = [new Bench({}, store), new Bench({}, store)];
    for (const bench of [one, two]) bench.pages.set("/old", page("/new", { etag: '"1"' }));
    await one.ask("/old");
    expect(await two.ask("/old")).toMatchObject({ to: "/new", asked: false });
    two.pages.set("/old", page(undefined, { etag: '"2"' }));
    await two.ask("/old", { agent: HUMAN });
    expect((await new Bench({}, store).ask("/old")).asked).toBe(true);
  });

  it.each([
    ["the page", { kind: "url", url: `${PUBLIC}/old` }, true],
    ["all", { kind: "all" }, true],
    ["another page", { kind: "url", url: `${PUBLIC}/other` }, false],
    ["a group of dictionaries", { kind: "group", group: "/old" }, false],
  ] as const)("is purged by %s: %o %s", async (_of, what, isVoid) => {
    const store = memoryStore();
    const generations = storedGenerations({ index: store.index, clock: () => 1_800_000_000_000 });
    const bench = new Bench({}, store, generations);
    bench.pages.set("/old", page("/new"));
    await bench.ask("/old");
    expect(await bench.ask("/old")).toMatchObject({ to: "/new", asked: false });
    bench.pages.set("/old", page("/newer"));
    await generations.purge(what);
    const after = { to: isVoid ? "/newer" : "/new", asked: isVoid };
    expect(await bench.ask("/old")).toMatchObject(after);
    // In the store, too.
    const other = new Bench({}, store, generations);
    expect(await other.ask("/old")).toMatchObject({ to: after.to, asked: false });
  });

  it("ignores malformed entries of a store", async () => {
    for (const text of [
      "",
      "null",
      "[]",
      '{"fact":{"kind":"elsewhere","to":"x"},"version":{},"expires":9e9}',
      '{"fact":{"kind":"?"},"version":{},"expires":9e9}',
    ]) {
      const index = { get: async () => text, put: async () => {} };
      const bench = new Bench({}, { ...memoryStore(), index });
      bench.pages.set("/old", page("/new"));
      expect(await bench.ask("/old"), text).toMatchObject({ to: "/new", asked: true });
    }
  });
});

describe("the memory", () => {
  it("is bounded", () => {
    const memory = new CanonicalMemory({
      index: memoryStore({ maxEntries: 1 }).index,
      now: () => 0,
      generations: NO_PURGES,
    });
    for (let i = 0; i < 20_000; i++) {
      const fact = {
        kind: "elsewhere",
        to: `https://a.example/${"x".repeat(4000)}`,
        source: "both",
      } as const;
      void memory.learn(`https://a.example/${i}`, {
        fact,
        version: {},
        isReusable: true,
        expires: 9,
      });
    }
    expect(memory.size * 8000).toBeLessThan(processMemory.limit);
    expect(
      memory.learn("x".repeat(5000), {
        fact: { kind: "gone" },
        version: {},
        isReusable: true,
        expires: 9,
      }),
    ).toBeUndefined();
  });

  it("writes the same to the store again only once half of its life is over", async () => {
    let writes = 0;
    let clock = 0;
    const memory = new CanonicalMemory({
      index: { get: async () => undefined, put: async () => void writes++ },
      now: () => clock,
      generations: NO_PURGES,
    });
    const learn = () =>
      memory.learn("k", {
        fact: { kind: "gone" },
        version: {},
        isReusable: true,
        expires: clock + 100,
      });
    await learn();
    clock = 40;
    await learn();
    expect(writes).toBe(1);
    clock = 60;
    await learn();
    expect(writes).toBe(2);
  });
});
