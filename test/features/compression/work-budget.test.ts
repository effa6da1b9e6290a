import { describe, expect, test } from "vitest";
import {
  bestEffortCost,
  OF_NETWORK,
  OF_SITE,
  workBudget,
} from "../../../src/features/compression/work-budget.ts";
import type { PlainCodec } from "../../../src/codecs/plain/codec.ts";
import { networkOf } from "../../../src/agent/network.ts";
import { exchangeOf } from "../../pipeline/fakes.ts";
import { PLAIN, site } from "./site.ts";

const from = (clientAddress: string | undefined) => ({ ...exchangeOf(), clientAddress });

describe("the budget of work behind answers", () => {
  test("is each network's own, loopback's too, and fills up again", () => {
    let now = 1_800_000_000;
    const budget = workBudget(() => now, networkOf);
    for (const address of ["127.0.0.1", "192.0.2.7", undefined]) {
      expect(budget.take(from(address), OF_NETWORK.burst - 1)).toBe(true);
      expect(budget.take(from(address), 2)).toBe(false);
    }
    expect(budget.take(from("192.0.2.200"), 2)).toBe(false);
    expect(budget.take(from("2001:db8::1"), OF_NETWORK.burst)).toBe(true);
    expect(budget.take(from("2001:db8::2"), 1)).toBe(false);
    now += 10;
    expect(budget.take(from("192.0.2.7"), 10 * OF_NETWORK.perSecond)).toBe(true);
    expect(budget.take(from("192.0.2.7"), 10)).toBe(false);
  });

  test("is bounded for the site, from however many networks", () => {
    const budget = workBudget(() => 1_800_000_000, networkOf);
    let spent = 0;
    for (let i = 0; i < 1000; i++) {
      if (budget.take(from(`10.${i >> 8}.${i & 255}.1`), 100)) spent += 100;
    }
    expect(spent).toBe(OF_SITE.burst);
  });

  test("lets what is longer than all of it through once it is full, and then nothing until that is paid", () => {
    let now = 1_800_000_000;
    const budget = workBudget(() => now, networkOf);
    const long = 2 * OF_NETWORK.burst;
    expect(budget.take(from("192.0.2.7"), long)).toBe(true);
    now += long / OF_NETWORK.perSecond - 60;
    expect(budget.take(from("192.0.2.7"), long)).toBe(false);
    now += 120;
    expect(budget.take(from("192.0.2.7"), long)).toBe(true);
    now -= 86_400;
    expect(budget.take(from("192.0.2.7"), 1)).toBe(false);
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
  return { ...site({ policy: {}, plain }), spent: () => bestEffortCost("br", bytes) };
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
    expect(spent()).toBe(bestEffortCost("br", content.length));
  });

  test("of a page that reflects its query costs no more than the budget, each asked for twice", async () => {
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
