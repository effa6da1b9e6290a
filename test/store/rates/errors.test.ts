import { describe, expect, test } from "vitest";
import { insuredRates } from "../../../src/store/failures/insured-rates.ts";
import { memoryRates } from "../../../src/store/memory-rates.ts";
import { lazyRates, type RateClaim, type RateStore } from "../../../src/store/rates.ts";
import { needs } from "../../support/needs.ts";
import { startRedis } from "../../support/redis.ts";
import { redisStore } from "../../../src/store/adapters/redis/index.ts";
import { RATE_SUBJECTS, type RateSubject } from "./subjects.ts";

const claim = (over: Partial<RateClaim> = {}): RateClaim => ({
  key: "agent:A\trule/requests-1m",
  units: 1,
  limit: 10,
  window: 60,
  burst: 0,
  ...over,
});

async function admitted(rates: RateStore, count: number, over: Partial<RateClaim> = {}) {
  let got = 0;
  for (let i = 0; i < count; i++) {
    if ((await rates.take([claim(over)])).states[0]?.isTaken === true) got++;
  }
  return got;
}

describe.each(["SQLite", "a Durable Object"] as const)("a clock that jumps, in %s", (name) => {
  const using = async (act: (subject: RateSubject) => Promise<void>) => {
    const subject = await RATE_SUBJECTS[name]();
    await act(subject);
    await subject.close();
  };

  test("back: the window ends after its length, and nothing is admitted twice", () =>
    using(async ({ rates, pass }) => {
      expect(await admitted(rates, 12)).toBe(10);
      await pass(-86_400);
      expect(await admitted(rates, 5)).toBe(0);
      await pass(59);
      expect(await admitted(rates, 5)).toBe(0);
      await pass(2);
      expect(await admitted(rates, 12)).toBe(10);
      expect(await rates.enter("agent:A\tx", "1", 1, 60)).toMatchObject({ isTaken: true });
      await pass(-86_400);
      expect(await rates.enter("agent:A\tx", "2", 1, 60)).toMatchObject({ isTaken: false });
      await pass(61);
      expect(await rates.enter("agent:A\tx", "2", 1, 60)).toMatchObject({ isTaken: true });
    }));

  test("forward: each jump admits one limit more", () =>
    using(async ({ rates, pass }) => {
      expect(await admitted(rates, 12)).toBe(10);
      await pass(86_400);
      expect(await admitted(rates, 12)).toBe(10);
    }));
});

describe("rates in memory", () => {
  test("count 10,000 agents through a flood of a million addresses, in 8 MB", async () => {
    let seed = 1;
    const random = () => ((seed = (seed * 48_271) % 2_147_483_647) - 1) / 2_147_483_646;
    let full = 0;
    const now = 0;
    const rates = memoryRates({ random, clock: () => now, onFull: () => full++ });
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 10_000; i++) await admitted(rates, 5, { key: `agent:bot ${i}\trule/x` });
    expect(full).toBe(0);
    for (let i = 0; i < 1_000_000; i++) {
      // In memory, every operation is synchronous.
      void rates.take([claim({ key: `address:${i >> 8}.${i & 255}.0/24\trule/x` })]);
    }
    expect(full).toBe(1);
    globalThis.gc?.();
    const used = process.memoryUsage().heapUsed - before;
    if (globalThis.gc !== undefined) expect(used).toBeLessThan(9 * 1024 * 1024);
    // Each has used half of its limit: all that a flood can make an agent lose is counted here.
    let more = 0;
    for (let i = 0; i < 10_000; i++) {
      more += (await admitted(rates, 10, { key: `agent:bot ${i}\trule/x` })) - 5;
    }
    expect(more).toBe(0);
  }, 120_000);

  test("admit no more than a few units too many to clients that come slowly during the flood", async () => {
    let seed = 7;
    const random = () => ((seed = (seed * 48_271) % 2_147_483_647) - 1) / 2_147_483_646;
    const rates = memoryRates({ most: 1000, random, clock: () => 0 });
    const got = Array.from({ length: 20 }, () => 0);
    for (let i = 0; i < 200_000; i++) {
      void rates.take([claim({ key: `address:${i}\tx` })]);
      if (i % 500 !== 0) continue;
      for (let slow = 0; slow < 20; slow++) {
        got[slow] = (got[slow] ?? 0) + (await admitted(rates, 1, { key: `agent:${slow}\tx` }));
      }
    }
    for (const each of got) expect(each).toBeLessThan(2 * 10);
  });
});

describe("a store that is away or slow", () => {
  const silent = (): Promise<never> => new Promise(() => {});
  const failing = async (): Promise<never> => {
    throw new Error("gone");
  };

  test.each([
    ["away", failing],
    ["slow", silent],
  ])("%s: memory counts, answers say so, and the operator gets one line", async (_, act) => {
    let works = false;
    let time = 0;
    const good = memoryRates();
    const either = <T>(operation: () => Promise<T>): Promise<T> => (works ? operation() : act());
    const lines: string[] = [];
    const rates = insuredRates(
      lazyRates(() => ({
        take: (claims) => either(async () => good.take(claims)),
        spend: (spent) => either(async () => good.spend(spent)),
        enter: (...args) => either(async () => good.enter(...args)),
        leave: (...args) => either(async () => good.leave(...args)),
      })),
      { now: () => time, milliseconds: 30 },
      {
        onFailing: (operation) => lines.push(`failing ${operation}`),
        onWorking: () => lines.push("works"),
      },
    );
    expect(await rates.take([claim()])).toMatchObject({ isInsured: true });
    expect(await admitted(rates, 20)).toBe(9);
    expect(await rates.enter("agent:A\tx", "1", 1, 60)).toMatchObject({
      isTaken: true,
      isInsured: true,
    });
    await rates.leave("agent:A\tx", "1");
    await rates.spend(claim());
    expect(lines).toEqual(["failing rates.take"]);
    works = true;
    time += 60;
    // The store continues where it was.
    expect(await admitted(rates, 20)).toBe(10);
    await rates.enter("agent:A\tx", "1", 1, 60);
    await rates.leave("agent:A\tx", "1");
    await rates.spend(claim());
    expect(await rates.take([claim()])).not.toHaveProperty("isInsured");
    expect(lines).toEqual(["failing rates.take", "works"]);
  });
});

describe("Redis that stops and comes back", needs("redis-server"), () => {
  test("memory counts meanwhile, each process at most one limit more", async () => {
    const server = await startRedis();
    const store = redisStore({ url: server.url, timeout: 300 });
    let time = 0;
    const rates = insuredRates(
      store.rates,
      { now: () => time },
      { onFailing: () => {}, onWorking: () => {} },
    );
    expect(await admitted(rates, 6)).toBe(6);
    server.freeze();
    expect(await admitted(rates, 15)).toBe(10);
    server.thaw();
    time += 60;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const more = await admitted(rates, 15);
    expect(more).toBeLessThanOrEqual(4);
    await store.close?.();
    await server.close();
  }, 30_000);
});
