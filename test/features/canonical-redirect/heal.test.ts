import { describe, expect, it } from "vitest";
import type { Agent } from "../../../src/agent/agent.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { Bench, page } from "./exchange.ts";

const HUMAN: Agent = { kind: "anonymous" };

describe("a repaired page", () => {
  const same = { "last-modified": "Mon, 02 Nov 2026 00:00:00 GMT" };

  it.each([
    ["without validators", {}, {}],
    ["with the same Last-Modified", same, same],
    ["with the same weak ETag", { etag: 'W/"1"' }, { etag: 'W/"1"' }],
    ["with another strong ETag", { etag: '"1"' }, { etag: '"2"' }],
  ])("heals at once by a human's 200 %s", async (_how, before, after) => {
    for (const canonical of [undefined, "/old", "/newer", "https://elsewhere.example/"]) {
      const bench = new Bench();
      bench.pages.set("/old", page("/new", before));
      expect((await bench.ask("/old")).to).toBe("/new");
      expect(await bench.ask("/old")).toMatchObject({ to: "/new", asked: false });
      bench.pages.set("/old", page(canonical, after));
      expect((await bench.ask("/old", { agent: HUMAN })).status).toBe(200);
      expect((await bench.ask("/old")).to).toBe(canonical === "/newer" ? "/newer" : undefined);
    }
  });

  it("heals by a human with cookies, too, whose page teaches nothing else", async () => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new"));
    await bench.ask("/old");
    const fields = { cookie: "session=1" };
    bench.pages.set("/old", page("/newer"));
    await bench.ask("/old", { agent: HUMAN, fields });
    expect(await bench.ask("/old")).toMatchObject({ to: "/newer", asked: true });
  });

  it("is not read again if a strong ETag shows that nothing has changed", async () => {
    const bench = new Bench();
    bench.pages.set("/old", page("/new", { etag: '"1"' }));
    await bench.ask("/old");
    // An origin server that breaks the promise of its tag.
    bench.pages.set("/old", page(undefined, { etag: '"1"' }));
    await bench.ask("/old", { agent: HUMAN });
    expect(await bench.ask("/old")).toMatchObject({ to: "/new", asked: false });
  });

  it.each([
    ["that has redirected crawlers", true],
    ["that has never seen the page", false],
  ])("heals within two seconds by a process %s", async (_which, hasSeen) => {
    const store = memoryStore();
    const [one, two] = [new Bench({}, store), new Bench({}, store)];
    for (const bench of [one, two]) bench.pages.set("/old", page("/new"));
    await one.ask("/old");
    if (hasSeen) expect(await two.ask("/old")).toMatchObject({ to: "/new", asked: false });
    for (const bench of [one, two]) {
      bench.clock += 5;
      bench.pages.set("/old", page());
    }
    expect(await one.ask("/old")).toMatchObject({ to: "/new", asked: false });
    await two.ask("/old", { agent: HUMAN });
    if (hasSeen) expect((await two.ask("/old")).status).toBe(200);
    one.clock += 1;
    expect(await one.ask("/old")).toMatchObject({ status: 200, asked: true });
  });

  it("heals although the store has refused the first write", async () => {
    const store = memoryStore();
    let refuses = false;
    const index = {
      get: (key: string) => store.index.get(key),
      put: async (key: string, value: string, ttl: number) => {
        if (refuses) {
          refuses = false;
          throw new Error("one write a second");
        }
        return store.index.put(key, value, ttl);
      },
    };
    const [one, two] = [new Bench({}, { ...store, index }), new Bench({}, store)];
    for (const bench of [one, two]) bench.pages.set("/old", page("/new"));
    await one.ask("/old");
    await two.ask("/old");
    refuses = true;
    for (const bench of [one, two]) bench.pages.set("/old", page());
    await one.ask("/old", { agent: HUMAN });
    two.clock += 1;
    expect((await two.ask("/old")).status).toBe(200);
  });
});
