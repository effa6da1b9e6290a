import { describe, expect, test } from "vitest";
import { BoundedCache } from "../../src/memory/bounded-cache.ts";
import { MemoryBudget } from "../../src/memory/budget.ts";
import { threadClock } from "../support/thread-clock.ts";

const KB = 1024;

function world(limit = 100 * KB) {
  const budget = new MemoryBudget(limit);
  const sizeOf = (bytes: number): number => bytes;
  const cache = (name: string) => new BoundedCache<number>({ name, budget, sizeOf });
  return { budget, cache };
}

describe("the memory of all caches", () => {
  test("stays under the limit, whatever is stored in which of them", () => {
    const { budget, cache } = world();
    const caches = [cache("a"), cache("b"), cache("c")];
    for (let i = 0; i < 3000; i++) {
      const each = caches[i % 3];
      each?.set(`key ${i % 700}`, (i * 37) % (3 * KB));
      each?.get(`key ${(i * 7) % 700}`);
      expect(budget.used).toBeLessThanOrEqual(budget.limit);
    }
    const { a = 0, b = 0, c = 0 } = budget.describe();
    expect(a + b + c).toBe(budget.used);
    for (const each of caches) each.clear();
    expect(budget.used).toBe(0);
  });

  test("evicts entries that were used once before those that were used again, in whichever cache", () => {
    const { cache } = world();
    const [real, other] = [cache("real"), cache("other")];
    for (let i = 0; i < 20; i++) real.set(`page ${i}`, 2 * KB);
    for (let i = 0; i < 20; i++) real.get(`page ${i}`);
    for (let i = 0; i < 2000; i++) (i % 2 === 0 ? real : other).set(`junk ${i}`, 2 * KB);
    for (let i = 0; i < 20; i++) expect(real.peek(`page ${i}`)).toBe(2 * KB);
  });

  test("gives a large value the room of tens of thousands of entries in short steps", async () => {
    const megabyte = 1024 * KB;
    const { budget, cache } = world(32 * megabyte);
    const caches = Array.from({ length: 40 }, (_, i) => cache(`cache ${i}`));
    for (let i = 0; i < 200_000; i++) caches[i % 40]?.set(`key ${i}`, 0);
    for (const isAgain of [false, true]) {
      if (isAgain) for (let i = 0; i < 200_000; i++) caches[i % 40]?.get(`key ${i}`);
      const began = threadClock();
      caches[0]?.set(`large ${isAgain}`, 3 * megabyte);
      caches[0]?.get(`large ${isAgain}`);
      // At once, it takes several seconds, or tens of milliseconds if the oldest is found quickly.
      expect(threadClock() - began).toBeLessThan(200);
      expect(budget.used).toBeGreaterThan(budget.limit);
      expect(budget.used).toBeLessThan(budget.limit * 1.125);
      while (budget.used > budget.limit) await new Promise((resolve) => setTimeout(resolve, 1));
      expect(caches[0]?.has(`large ${isAgain}`)).toBe(true);
    }
    // Several large values at once do not wait.
    for (let i = 0; i < 10; i++) caches[1]?.set(`more ${i}`, 3 * megabyte);
    expect(budget.used).toBeLessThan(budget.limit * 1.125 + 3 * megabyte);
  });

  test("has room for new entries, however many were used again", () => {
    const { cache } = world();
    const all = cache("all");
    for (let i = 0; i < 200; i++) {
      all.set(`old ${i}`, 2 * KB);
      all.get(`old ${i}`);
    }
    all.set("new 1", 2 * KB);
    all.set("new 2", 2 * KB);
    expect(all.has("new 1")).toBe(true);
    expect(all.has("old 199")).toBe(true);
    expect(all.has("old 0")).toBe(false);
  });
});

describe("a cache", () => {
  test("a value is made once, and again after its time", () => {
    let now = 0;
    const made: string[] = [];
    const make = (): string => String(made.push("x"));
    const cache = new BoundedCache<string>({ name: "made", ttl: 100, clock: () => now });
    expect([cache.getOrMake("a", make), cache.getOrMake("a", make)]).toEqual(["1", "1"]);
    now = 200;
    expect(cache.getOrMake("a", make)).toBe("2");
  });

  test("has no more entries than its bound, and evicts those that were used again last", () => {
    const { budget } = world();
    const cache = new BoundedCache<string>({ name: "few", max: 5, budget });
    cache.set("real", "1");
    cache.get("real");
    for (let i = 0; i < 50; i++) cache.set(`junk ${i}`, "");
    expect(cache.size).toBe(5);
    expect(cache.get("real")).toBe("1");
    expect(cache.has("junk 49")).toBe(true);
  });

  test("evicts entries after their time, and refuses those larger than half of the limit", () => {
    let now = 0;
    const { budget } = world();
    const sizeOf = (bytes: number): number => bytes;
    const cache = new BoundedCache({ name: "a", ttl: 100, budget, sizeOf, clock: () => now });
    cache.set("a", 1);
    cache.set("b", 1, 1000);
    now = 100;
    expect([cache.get("a"), cache.get("b"), cache.remaining("b")]).toEqual([undefined, 1, 900]);
    cache.set("b", 60 * KB);
    expect(cache.has("b")).toBe(false);
    expect(budget.used).toBe(0);
  });
});
