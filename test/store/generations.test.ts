import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { storedGenerations } from "../../src/store/generations.ts";
import { memoryStore } from "../../src/store/memory.ts";
import {
  generationOf,
  isWithin,
  join,
  parseMarks,
  writeMarks,
} from "../../src/store/purge-marks.ts";
import type { IndexStore } from "../../src/store/store.ts";

const page = "https://x.example/a";
const other = "https://x.example/b";
const url = (at: string) => ({ kind: "url", url: at }) as const;

/** Processes that share an index, under one clock. */
function site(index: IndexStore = memoryStore().index) {
  let time = 1_800_000_000_000;
  const clock = (): number => time;
  return {
    index,
    pass: (milliseconds: number) => void (time += milliseconds),
    process: (options: Partial<Parameters<typeof storedGenerations>[0]> = {}) =>
      storedGenerations({ index, clock, patience: 20, purgeTimeout: 20, ...options }),
  };
}

/** What is known after a look into the store. */
async function seen(generations: ReturnType<typeof storedGenerations>, scope = { url: page }) {
  await generations.refresh();
  return await generations.of(scope);
}

describe("generations", () => {
  test("are 0 if nothing was purged, and known at once from then on", async () => {
    const generations = site().process();
    expect(await generations.of({ url: page })).toBe("0");
    expect(generations.of({ url: page })).toBe("0");
    expect(generations.of({})).toBe("0");
  });

  test("begin anew for the purged entries, and for nothing else", async () => {
    const generations = site().process();
    await generations.purge(url(page));
    expect(generations.of({ url: page })).not.toBe("0");
    expect(generations.of({ url: other })).toBe("0");
    expect(generations.of({ group: "/g*" })).toBe("0");
    const before = generations.of({ url: page });
    await generations.purge({ kind: "group", group: "/g*" });
    expect(generations.of({ group: "/g*" })).not.toBe("0");
    expect(generations.of({ url: page })).toBe(before);
    const both = generations.of({ url: page, group: "/g*" });
    expect(both).not.toBe(before);
    await generations.purge({ kind: "all" });
    for (const scope of [{ url: page }, { url: other }, { group: "/g*" }, {}]) {
      expect(generations.of(scope)).not.toBe("0");
      expect(generations.of(scope)).not.toBe(before);
    }
  });

  test("are another at every purge, even within the same millisecond or under a clock set back", async () => {
    const { process, pass } = site();
    const generations = process();
    const found = new Set<unknown>();
    for (let i = 0; i < 20; i++) {
      await generations.purge(i % 2 === 0 ? url(page) : { kind: "all" });
      found.add(generations.of({ url: page }));
      pass(-1000);
    }
    expect(found.size).toBe(20);
  });

  test.each([
    ["https://x.example/a", "https://x.example/a/"],
    ["https://x.example/a/", "https://x.example/a"],
    ["https://x.example/a/?q=1", "https://x.example/a?q=1"],
    ["https://x.example/a#part", "https://x.example/a"],
  ])("take %s and %s for one", async (purged, asked) => {
    const generations = site().process();
    await generations.purge(url(purged));
    expect(generations.of({ url: asked })).not.toBe("0");
    expect(generations.of({ url: "https://x.example/a?q=2" })).toBe("0");
  });

  test("are known to other processes after a look, and after a restart", async () => {
    const { process, pass } = site();
    const [one, two] = [process(), process()];
    expect(await two.of({ url: page })).toBe("0");
    await one.purge(url(page));
    expect(two.of({ url: page })).toBe("0");
    pass(1000);
    expect(await seen(two)).toBe(one.of({ url: page }));
    expect(await process().of({ url: page })).toBe(one.of({ url: page }));
  });

  test("read the store no more often than configured", async () => {
    let reads = 0;
    const { process, pass } = site({
      get: async () => void reads++,
      put: async () => {},
    });
    const generations = process({ refreshAfter: 30_000 });
    for (let i = 0; i < 100; i++) {
      await generations.of({ url: page });
      pass(300);
    }
    expect(reads).toBe(1);
    pass(3000);
    await generations.of({ url: page });
    expect(reads).toBe(2);
  });

  test("do not lose one of two purges that overtake each other", async () => {
    const { process, pass, index } = site();
    const [one, two] = [process(), process()];
    // Both read, then both write: the later writing knows nothing of the earlier.
    await Promise.all([one.purge(url(page)), two.purge(url(other))]);
    for (let i = 0; i < 3; i++) {
      pass(1000);
      await one.refresh();
      await two.refresh();
    }
    for (const generations of [one, two, process()]) {
      expect(await seen(generations, { url: page })).not.toBe("0");
      expect(await seen(generations, { url: other })).not.toBe("0");
    }
    const marks = parseMarks(await index.get("generations"));
    expect(marks.urls.size).toBe(2);
  });

  test("do not write again before the last write can be read everywhere", async () => {
    let puts = 0;
    const { process, pass } = site({ get: async () => undefined, put: async () => void puts++ });
    const generations = process({ spread: 60_000, refreshAfter: 10_000 });
    await generations.purge(url(page));
    for (let i = 0; i < 5; i++) {
      pass(10_000);
      await generations.refresh();
    }
    expect(puts).toBe(1);
    pass(20_000);
    await generations.refresh();
    expect(puts).toBe(2);
  });

  test("forget no purge if there are too many: then all is purged", async () => {
    const { process, index } = site();
    const generations = process();
    const before = generations.of({ url: other });
    for (let i = 0; i < 1001; i++) await generations.purge(url(`https://x.example/${i}`));
    expect(generations.of({ url: other })).not.toBe(before);
    expect(generations.of({ url: "https://x.example/0" })).toBe(generations.of({ url: other }));
    expect((await index.get("generations"))?.length).toBeLessThan(200);
    const long = "x".repeat(2000);
    const all = generations.of({});
    for (let i = 0; i < 70; i++) await generations.purge(url(`https://x.example/${i}${long}`));
    expect(generations.of({})).not.toBe(all);
  });
});

describe("a store that fails", () => {
  const hangs = (): Promise<never> => new Promise(() => {});
  const fails = (): Promise<never> => Promise.reject(new Error("no store"));

  test.each([
    ["fails", fails],
    ["hangs", hangs],
  ])("and %s delays the first requests only, and shortly", async (_how, get) => {
    const generations = site({ get, put: get }).process();
    expect(await generations.of({ url: page })).toBe("0");
    expect(generations.of({ url: page })).toBe("0");
  });

  test.each([
    ["fails", fails],
    ["hangs", hangs],
  ])(
    "and %s fails a purge, which counts here at once and elsewhere later",
    async (_how, broken) => {
      const { index } = memoryStore();
      let isBroken = true;
      const { process, pass } = site({
        get: (key) => (isBroken ? broken() : index.get(key)),
        put: (key, value, ttl) => (isBroken ? broken() : index.put(key, value, ttl)),
      });
      const generations = process();
      await expect(generations.purge(url(page))).rejects.toThrow();
      const own = generations.of({ url: page });
      expect(own).not.toBe("0");
      isBroken = false;
      pass(60_000);
      await generations.refresh();
      expect(generations.of({ url: page })).toBe(own);
      expect(await process().of({ url: page })).toBe(own);
    },
  );

  test("in reading only: others' purges are not written over", async () => {
    const { index } = memoryStore();
    let isBroken = false;
    const { process, pass } = site({
      get: (key) => (isBroken ? fails() : index.get(key)),
      put: (key, value, ttl) => index.put(key, value, ttl),
    });
    await process().purge(url(other));
    const two = process();
    isBroken = true;
    await expect(two.purge(url(page))).rejects.toThrow();
    isBroken = false;
    pass(1000);
    await two.refresh();
    const third = process();
    expect(await third.of({ url: other })).not.toBe("0");
    expect(await third.of({ url: page })).not.toBe("0");
  });

  test.each([
    "",
    "nonsense",
    "null",
    "[]",
    '{"all":"x","groups":[1],"urls":[["a"]]}',
    '{"all":-1}',
  ])("and contains %j counts as empty", async (text) => {
    const { index } = memoryStore();
    await index.put("generations", text, 60);
    const { process } = site(index);
    expect(await process().of({ url: page })).toBe("0");
    const generations = process();
    await generations.purge(url(page));
    expect(await process().of({ url: page })).toBe(generations.of({ url: page }));
  });

  test("and loses everything undoes no purge that is known", async () => {
    const { index } = memoryStore();
    const { process, pass } = site(index);
    const generations = process();
    await generations.purge(url(page));
    const own = generations.of({ url: page });
    await generations.refresh();
    await index.put("generations", "", 60);
    pass(5000);
    expect(await seen(generations)).toBe(own);
  });
});

describe("marks", () => {
  const named = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 9 })));
  const marks = fc
    .record({ all: fc.integer({ min: 0, max: 9 }), groups: named, urls: named })
    .map((value) => parseMarks(JSON.stringify(value)));
  const scope = fc.record(
    { url: fc.constantFrom("a", "b", "c"), group: fc.constantFrom("a", "b", "c") },
    { requiredKeys: [] },
  );

  test("joined never lower a generation, in any order and however often", () => {
    const number = (text: string): number => Number.parseInt(text, 36);
    fc.assert(
      fc.property(marks, marks, scope, (a, b, where) => {
        const joined = generationOf(join(a, b), where);
        expect(number(joined)).toBe(
          Math.max(number(generationOf(a, where)), number(generationOf(b, where))),
        );
        expect(generationOf(join(b, a), where)).toBe(joined);
        expect(generationOf(join(join(a, b), b), where)).toBe(joined);
        expect(isWithin(a, join(a, b))).toBe(true);
        expect(generationOf(parseMarks(writeMarks(join(a, b))), where)).toBe(joined);
      }),
    );
  });
});
