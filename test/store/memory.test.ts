import { MemoryBudget } from "../../src/memory/budget.ts";
import { expect, test } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";

test("a full store in memory evicts entries that were used once before those that were used again", async () => {
  const memory = new MemoryBudget(40 * 1024 * 1024);
  const { blobs, index } = memoryStore({ maxEntries: 4, memory });
  const content = new Uint8Array(1024 * 1024);
  await blobs.put("used", content, 60);
  await index.put("used", "used", 60);
  await blobs.get("used");
  await index.get("used");
  for (let i = 0; i < 60; i++) {
    await blobs.put(`junk ${i}`, content, 60);
    await index.put(`junk ${i}`, "junk", 60);
  }
  expect(await blobs.get("used")).toBeDefined();
  expect(await blobs.get("junk 0")).toBeUndefined();
  expect(await index.get("used")).toBe("used");
  expect(await index.get("junk 0")).toBeUndefined();
  await blobs.put("large", new Uint8Array(memory.limit), 60);
  expect(await blobs.get("large")).toBeUndefined();
});

test("a ledger in memory bounds its groups and its claims", async () => {
  const { ledger } = memoryStore({ memory: new MemoryBudget(40 * 1024 * 1024) });
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
