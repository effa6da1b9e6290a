import { describe, expect, test } from "vitest";
import { networkOf } from "../../src/agent/network.ts";
import type { PlainCodec } from "../../src/codecs/plain/codec.ts";
import { COSTS } from "../../src/features/compression/costs.ts";
import { createScheduler, OF_NETWORK, OF_SITE } from "../../src/timing/scheduler.ts";
import { nodeDeltaCodecs } from "../../src/runtime/node/codecs.ts";
import { offer, PLAIN, site } from "../features/compression/site.ts";

const START = 1_800_000_000;

/** A scheduler, and whether it lets work of a client begin. */
function world() {
  let now = START;
  const scheduler = createScheduler(() => now);
  return {
    scheduler,
    pass: (seconds: number): void => void (now += seconds),
    begins: (address: string, milliseconds: number): boolean =>
      scheduler.begin({ network: networkOf(address), milliseconds }) !== undefined,
  };
}

describe("the CPU time of background work", () => {
  test("is each network's own, loopback's too, and fills up again", () => {
    const { begins, pass } = world();
    for (const address of ["127.0.0.1", "192.0.2.7"]) {
      expect(begins(address, OF_NETWORK.burst - 1)).toBe(true);
      expect(begins(address, 2)).toBe(false);
    }
    expect(begins("192.0.2.200", 2)).toBe(false);
    expect(begins("2001:db8::1", OF_NETWORK.burst)).toBe(true);
    expect(begins("2001:db8::2", 1)).toBe(false);
    pass(10);
    expect(begins("192.0.2.7", 10 * OF_NETWORK.perSecond)).toBe(true);
    expect(begins("192.0.2.7", 10)).toBe(false);
  });

  test("is bounded for the site, from however many networks", () => {
    const { begins } = world();
    let spent = 0;
    for (let i = 0; i < 1000; i++) if (begins(`10.${i >> 8}.${i & 255}.1`, 100)) spent += 100;
    expect(spent).toBe(OF_SITE.burst);
  });

  test("is left in half to networks that have used little, by those that have used much and by the site itself", () => {
    const { begins, scheduler } = world();
    let spent = 0;
    for (let i = 0; i < 100; i++) {
      // Each takes half of its own at once, and then the rest bit by bit.
      if (begins(`10.0.${i}.1`, OF_NETWORK.burst / 2 + 1)) spent += OF_NETWORK.burst / 2 + 1;
      for (let more = 0; more < 9; more++) if (begins(`10.0.${i}.1`, 100)) spent += 100;
      if (spent > OF_SITE.burst / 2) break;
    }
    expect(begins("10.0.0.1", 100)).toBe(false);
    expect(scheduler.begin({ milliseconds: 100 })).toBeUndefined();
    expect(begins("192.0.2.7", 1000)).toBe(true);
  });

  test("lets work larger than all of it run once it is full, and then none until that is paid", () => {
    const { begins, pass } = world();
    const long = 2 * OF_NETWORK.burst;
    expect(begins("192.0.2.7", long)).toBe(true);
    pass(long / OF_NETWORK.perSecond - 60);
    expect(begins("192.0.2.7", long)).toBe(false);
    pass(120);
    expect(begins("192.0.2.7", long)).toBe(true);
    pass(-86_400);
    expect(begins("192.0.2.7", 1)).toBe(false);
  });

  test("is charged step by step while work continues", () => {
    const { scheduler, begins } = world();
    const running = scheduler.begin({ network: networkOf("192.0.2.7") });
    let steps = 0;
    while (running?.spend(100) === true) steps++;
    expect(steps).toBe(OF_NETWORK.burst / 100);
    expect(begins("192.0.2.7", 1)).toBe(false);
  });
});

describe("work that continues", () => {
  test("is done one at a time if it has a name, and counts as lost in the end", async () => {
    const { scheduler, pass } = world();
    const first = scheduler.begin({ name: "crawl", lostAfter: 60 });
    expect(scheduler.begin({ name: "crawl" })).toBeUndefined();
    expect(scheduler.begin({ name: "another" })).toBeDefined();
    first?.end();
    expect(await scheduler.run({ name: "crawl" }, async () => 1)).toBe(1);
    scheduler.begin({ name: "crawl", lostAfter: 60 });
    expect(scheduler.isRunning("crawl")).toBe(true);
    pass(60);
    expect(scheduler.isRunning("crawl")).toBe(false);
    expect(scheduler.begin({ name: "crawl" })).toBeDefined();
  });

  test("ends if it throws", async () => {
    const { scheduler } = world();
    const work = scheduler.run({ name: "crawl" }, () => Promise.reject(new Error("no")));
    await expect(work).rejects.toThrow("no");
    expect(scheduler.isRunning("crawl")).toBe(false);
  });

  test("has so many bytes in memory at most, unless it is only one", () => {
    const scheduler = createScheduler(() => START, { bytesAtWork: 1000 });
    const large = scheduler.begin({ bytes: 5000 });
    expect(large).toBeDefined();
    expect(scheduler.begin({ bytes: 1 })).toBeUndefined();
    large?.end();
    expect(scheduler.begin({ bytes: 600 })).toBeDefined();
    expect(scheduler.begin({ bytes: 600 })).toBeUndefined();
    expect(scheduler.begin({ bytes: 400 })).toBeDefined();
  });
});

/** A site that counts the bytes that it codes at the best quality. */
function counted() {
  let bytes = 0;
  const plain = PLAIN.map((codec) => {
    const encode: PlainCodec["encode"] = (content, effort) => {
      if (effort === "best") bytes += content.length;
      return codec.encode(content, "inline");
    };
    return Object.assign({}, codec, { encode });
  });
  return { ...site({ policy: {}, plain }), spent: () => COSTS.best.br * bytes };
}

describe("the best coding", () => {
  const page = (text: string): string => `<!doctype html><p>${text}</p>`.repeat(400);
  const HTML = { "content-type": "text/html" };

  test("is not made of content that is another each time", async () => {
    const { put, get, spent } = counted();
    for (let i = 0; i < 20; i++) {
      put("/clock", page(`it is ${i}`), HTML);
      await get("/clock");
    }
    expect(spent()).toBe(0);
  });

  test("is made once of content that is the same under many queries", async () => {
    const { put, get, spent } = counted();
    const content = page("the same");
    for (let i = 0; i < 20; i++) {
      put(`/page?${i}`, content, HTML);
      for (let again = 0; again < 2; again++) await get(`/page?${i}`);
    }
    expect(spent()).toBe(COSTS.best.br * content.length);
  });

  test("of a page that reflects its query costs no more than the budget, each requested twice", async () => {
    const { put, get, spent } = counted();
    for (let i = 0; i < 300; i++) {
      put(`/search?q=${i}`, page(`you searched for ${i} `.repeat(5)), HTML);
      for (let again = 0; again < 2; again++) await get(`/search?q=${i}`);
    }
    expect(spent()).toBeGreaterThan(OF_NETWORK.burst / 2);
    expect(spent()).toBeLessThanOrEqual(OF_NETWORK.burst);
    expect((await get("/search?q=299")).text).toContain("299");
  });
});

describe("deltas that clients wait for", () => {
  const V1 = "function first(){return 1}\n".repeat(400);

  test("of content that reflects its query cost no more than the budget", async () => {
    let encoded = 0;
    const codecs = nodeDeltaCodecs().map((codec) => {
      const encode: typeof codec.encode = (content, dictionary, effort) => {
        encoded += content.length + dictionary.length;
        // What the budget counts is the attempt.
        return effort === "best" ? codec.encode(content, dictionary, effort) : undefined;
      };
      return Object.assign({}, codec, { encode });
    });
    const dictionary = { match: "/app*", budget: { variants: 400 } };
    const { put, get } = site({ policy: { dictionary }, codecs });
    put("/app.1.js", V1);
    await get("/app.1.js");
    const large = V1.repeat(20);
    for (let i = 0; i < 200; i++) {
      put(`/app?${i}`, `${large}// ${i}`);
      await get(`/app?${i}`, offer(V1), { has: [V1] });
    }
    expect(COSTS.inline * encoded).toBeLessThanOrEqual(2 * OF_NETWORK.burst);
  });
});
