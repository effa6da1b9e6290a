import { describe, expect, test } from "vitest";
import { limitedReplay, limitedStore } from "../../src/store/failures/limited.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { memoryReplay } from "../../src/store/replay.ts";
import type { Store } from "../../src/store/store.ts";
import { faultyStore } from "../support/faulty-store.ts";

const operations = (store: Store): Readonly<Record<string, () => Promise<unknown>>> => ({
  "blobs.get": () => store.blobs.get("a"),
  "blobs.put": () => store.blobs.put("a", Uint8Array.of(1), 60),
  "blobs.delete": () => store.blobs.delete("b"),
  "index.get": () => store.index.get("a"),
  "index.put": () => store.index.put("a", "1", 60),
  "ledger.read": () => store.ledger.read("a"),
  "ledger.change": () => store.ledger.change("a", [{ key: "a", value: "1", ttl: 60 }]),
  "ledger.claim": () => store.ledger.claim("a", "a", 60),
});

const names = Object.keys(operations(memoryStore()));

describe("a store with limits", () => {
  test("returns the results of the store", async () => {
    const store = limitedStore(memoryStore(), () => 0);
    for (const operation of Object.values(operations(store))) await operation();
    expect(await store.blobs.get("a")).toEqual(Uint8Array.of(1));
    expect(await store.index.get("a")).toBe("1");
    expect((await store.ledger.read("a")).get("a")).toBe("1");
    expect(await store.ledger.claim("a", "a", 60)).toBe(false);
  });

  test.each(names)("rejects if %s throws, rejects or hangs", async (name) => {
    const faulty = faultyStore(memoryStore());
    const store = limitedStore(faulty, () => 0, { read: 20, write: 20 });
    const run = operations(store)[name] as () => Promise<unknown>;
    faulty.fail("all", "throws");
    await expect(run()).rejects.toThrow("broken");
    faulty.fail("all", "rejects");
    await expect(run()).rejects.toThrow("down");
    faulty.fail("all", "hangs");
    await expect(run()).rejects.toThrow("did not answer");
  });

  test("rests after a late operation, tries once, and continues if that succeeds", async () => {
    let time = 1000;
    const faulty = faultyStore(memoryStore());
    const store = limitedStore(faulty, () => time, { read: 20, write: 20 });
    const get = () => store.index.get("a");
    faulty.fail("index.get", "hangs");
    await expect(Promise.allSettled([get(), get(), get()])).resolves.toHaveLength(3);
    expect(faulty.begun).toHaveLength(3);
    for (let i = 0; i < 5; i++) await expect(get()).rejects.toThrow("has just been too slow");
    expect(faulty.begun).toHaveLength(3);
    // Writes, and other parts, are not concerned.
    await store.index.put("a", "1", 60);
    await store.blobs.get("a");
    time += 3;
    const tried = await Promise.allSettled([get(), get(), get()]);
    expect(faulty.begun.filter((each) => each === "index.get")).toHaveLength(4);
    expect(tried.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    // The second rest is longer.
    time += 3;
    await expect(get()).rejects.toThrow("has just been too slow");
    time += 3;
    faulty.fail("index.get", "none");
    expect(await get()).toBe("1");
    expect(await Promise.all([get(), get()])).toEqual(["1", "1"]);
  });

  test("tries again if a trial never ended, as on a Worker whose client has left", async () => {
    let time = 1000;
    const faulty = faultyStore(memoryStore(), { "index.get": "hangs" });
    const store = limitedStore(faulty, () => time, { read: 100 });
    const get = () => store.index.get("a");
    await expect(get()).rejects.toThrow("did not answer");
    time += 3;
    const lost = get().catch(() => "lost");
    await expect(get()).rejects.toThrow("has just been too slow");
    time += 3;
    faulty.fail("index.get", "none");
    expect(await get()).toBeUndefined();
    expect(await lost).toBe("lost");
  });

  test("does not rest if the store fails at once", async () => {
    const faulty = faultyStore(memoryStore(), { "index.get": "rejects" });
    const store = limitedStore(faulty, () => 1000);
    for (let i = 0; i < 5; i++) await expect(store.index.get("a")).rejects.toThrow("down");
    expect(faulty.begun).toHaveLength(5);
  });

  test("closes the store behind it", () => {
    const closed: string[] = [];
    limitedStore({ ...memoryStore(), close: () => closed.push("store") }, () => 0).close?.();
    limitedStore(memoryStore(), () => 0).close?.();
    const replay = { ...memoryReplay(() => 0), close: () => void closed.push("replay") };
    limitedReplay(replay, () => 0).close?.();
    expect(closed).toEqual(["store", "replay"]);
  });
});

test("a store of nonces with limits rejects if it hangs", async () => {
  const hangs = limitedReplay({ seen: () => new Promise<never>(() => {}) }, () => 0, 20);
  await expect(hangs.seen("a", 60)).rejects.toThrow("did not answer");
  const works = limitedReplay(
    memoryReplay(() => 0),
    () => 0,
  );
  expect(await works.seen("a", 60)).toBe(false);
  expect(await works.seen("a", 60)).toBe(true);
});
