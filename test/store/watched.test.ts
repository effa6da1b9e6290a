import { describe, expect, test } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { isReported, markReported } from "../../src/store/failures/reported.ts";
import { watchedReplay, watchedStore } from "../../src/store/failures/watched.ts";
import { faultyStore } from "../support/faulty-store.ts";

function watch() {
  let time = 1000;
  const told: string[] = [];
  const faulty = faultyStore(memoryStore());
  const events = {
    onFailing: (operation: string) => void told.push(`failing ${operation}`),
    onWorking: () => void told.push("works"),
  };
  const store = watchedStore(faulty, () => time, events);
  return { told, faulty, store, events, pass: (seconds: number) => (time += seconds) };
}

describe("a watched store", () => {
  test("reports once that it fails, and once that all works again", async () => {
    const { told, faulty, store } = watch();
    faulty.fail("all", "rejects");
    for (let i = 0; i < 150; i++) {
      await expect(store.index.get("a")).rejects.toThrow("down");
      await expect(store.blobs.put("a", Uint8Array.of(1), 60)).rejects.toThrow("down");
    }
    expect(told).toEqual(["failing index.get"]);
    faulty.fail("all", "none");
    await store.index.get("a");
    expect(told).toHaveLength(1);
    await store.blobs.put("a", Uint8Array.of(1), 60);
    for (let i = 0; i < 10; i++) await store.index.get("a");
    expect(told).toEqual(["failing index.get", "works"]);
  });

  test("is calm about a store that fails now and then", async () => {
    const { told, faulty, store, pass } = watch();
    for (let i = 0; i < 50; i++) {
      faulty.fail("all", i % 2 === 0 ? "rejects" : "none");
      await store.index.get("a").catch(() => {});
      pass(0.1);
    }
    expect(told).toEqual(["failing index.get", "works"]);
    pass(60);
    faulty.fail("all", "throws");
    await store.index.get("a").catch(() => {});
    expect(told).toHaveLength(3);
  });

  test("marks errors as reported, and does not report those again", async () => {
    const { told, faulty, store, events } = watch();
    faulty.fail("all", "throws");
    const failure: unknown = await store.index.get("a").catch((error: unknown) => error);
    expect(isReported(failure)).toBe(true);
    expect(isReported(new Error("another"))).toBe(false);
    const down = markReported(new Error("down, and told of by the store itself"));
    const replay = watchedReplay({ seen: () => Promise.reject(down) }, () => 0, events);
    await expect(replay.seen("a", 60)).rejects.toBe(down);
    expect(told).toEqual(["failing index.get"]);
  });
});
