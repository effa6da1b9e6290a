import { expect, test } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";

test("a store in memory lets the least recently used go once its bounds are reached", async () => {
  const { blobs, index } = memoryStore({ maxBytes: 10, maxEntries: 2 });
  for (const name of ["a", "b", "c"]) {
    await blobs.put(name, new Uint8Array(4), 60);
    await index.put(name, name, 60);
    await blobs.get("a");
    await index.get("a");
  }
  expect(await blobs.get("a")).toBeDefined();
  expect(await blobs.get("b")).toBeUndefined();
  expect(await index.get("b")).toBeUndefined();
  await blobs.put("large", new Uint8Array(11), 60);
  expect(await blobs.get("large")).toBeUndefined();
});

test("a ledger in memory bounds its groups, and what it knows of claims", async () => {
  const { ledger } = memoryStore();
  const value = "x".repeat(1024 * 1024);
  for (let i = 0; i < 40; i++) {
    await ledger.change(`group ${i}`, [{ key: "key", value, ttl: 600 }]);
    await ledger.read("group 0");
  }
  expect((await ledger.read("group 0")).size).toBe(1);
  expect((await ledger.read("group 1")).size).toBe(0);
  expect((await ledger.read("group 39")).size).toBe(1);
  for (let i = 0; i <= 20_000; i++) await ledger.claim("group", `claim ${i}`, 600);
  expect(await ledger.claim("group", "claim 20000", 600)).toBe(false);
  expect(await ledger.claim("group", "claim 0", 600)).toBe(true);
});
