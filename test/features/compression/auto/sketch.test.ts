import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { turnsDuring } from "../../../support/turns.ts";
import {
  formatSketch,
  parseSketch,
  similarity,
  sketchOf,
} from "../../../../src/features/compression/auto/sketch.ts";
import { tryDelta } from "../../../../src/features/compression/auto/attempts.ts";
import { nodeDeltaCodecs } from "../../../../src/runtime/node/codecs.ts";
import { asset, bytes, edited, page, prose, random } from "./contents.ts";
import { gzip } from "./plain.ts";

/** The true share of runs of 16 bytes in common. */
function jaccard(a: Uint8Array, b: Uint8Array): number {
  const [one, other] = [a, b].map((content) => {
    const text = Buffer.from(content).toString("latin1");
    return new Set(Array.from({ length: text.length - 15 }, (_, i) => text.slice(i, i + 16)));
  }) as [Set<string>, Set<string>];
  const common = [...one].filter((run) => other.has(run)).length;
  return common / (one.size + other.size - common);
}

const alike = async (a: Uint8Array, b: Uint8Array) =>
  similarity(await sketchOf(a), await sketchOf(b));

describe("a sketch", () => {
  test("is 256 characters that give it back", async () => {
    for (const content of [asset("app.v1.js"), bytes(""), bytes("short")]) {
      const sketch = await sketchOf(content);
      const text = formatSketch(sketch);
      expect(text).toHaveLength(256);
      expect(parseSketch(text)).toEqual(sketch);
    }
  });

  test.each(["", "A", "A".repeat(255), "A".repeat(257), `${"A".repeat(255)}=`, "*".repeat(256)])(
    "is not read from %j",
    (text) => {
      expect(parseSketch(text)).toBeUndefined();
    },
  );

  test("is the same for the same content, and similar to nothing if there is no content", async () => {
    const content = asset("site.css");
    expect(await alike(content, content.slice())).toBe(1);
    expect(await alike(bytes(""), bytes(""))).toBe(0);
    expect(await alike(content, bytes("less than a window"))).toBe(0);
  });

  test("of large content lets other work have its turn", async () => {
    expect(await turnsDuring(sketchOf(new Uint8Array(16 * 1024 * 1024)))).toBeGreaterThan(20);
  });

  test("may be of anything", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.uint8Array({ maxLength: 3000 }),
        async (a, b) => {
          const share = await alike(a, b);
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
          expect(await alike(b, a)).toBe(share);
        },
      ),
    );
  });
});

describe("similarity", () => {
  test("is the share in common, give or take four standard errors", async () => {
    let squares = 0;
    let count = 0;
    for (let seed = 0; seed < 6; seed++) {
      for (const share of [0, 0.1, 0.3, 0.6, 1]) {
        const a = edited(seed, 150, 0);
        const b = edited(seed, 150, share);
        const error = (await alike(a, b)) - jaccard(a, b);
        expect(Math.abs(error)).toBeLessThan(0.16);
        squares += error ** 2;
        count++;
      }
    }
    expect(Math.sqrt(squares / count)).toBeLessThan(0.04);
  });

  test.each([
    ["app.v1.js", "app.v3.js"],
    ["app.v1.js", "site.css"],
  ])("is right for %s and %s", async (a, b) => {
    const error = (await alike(asset(a), asset(b))) - jaccard(asset(a), asset(b));
    expect(Math.abs(error)).toBeLessThan(0.1);
  });

  test("is not moved by insertions, deletions and another order", async () => {
    const text = prose(3, 800);
    const whole = bytes(text.join(""));
    const next = random(5);
    const inserted = bytes(text.map((each) => (next() < 0.02 ? `x${each}` : each)).join(""));
    expect(await alike(whole, bytes(`!${text.join("")}`))).toBeGreaterThan(0.95);
    expect(await alike(whole, bytes(text.slice(40).join("")))).toBeGreaterThan(0.85);
    expect(await alike(whole, inserted)).toBeGreaterThan(0.85);
    expect(await alike(whole, bytes(text.toReversed().join("")))).toBeGreaterThan(0.6);
  });

  test("says whether a delta is worth a trial", async () => {
    const minified = bytes(
      Buffer.from(asset("app.v1.js"))
        .toString()
        .replaceAll(/([;{}])/g, "$1\n  "),
    );
    const pairs: [old: Uint8Array<ArrayBuffer>, next: Uint8Array<ArrayBuffer>][] = [
      [asset("app.v1.js"), asset("app.v2.js")],
      [asset("app.v1.js"), asset("app.v3.js")],
      [edited(1, 400, 0), edited(1, 400, 0.1)],
      [edited(1, 400, 0), edited(1, 400, 0.4)],
      [edited(1, 400, 0), edited(1, 400, 0.9)],
      [edited(1, 400, 0), edited(2, 400, 0)],
      [page(1), page(2)],
      [page(1), page(2, 400)],
      [minified, asset("app.v1.js")],
      [asset("app.v1.js"), edited(3, 2000, 0)],
    ];
    const parts = { codecs: nodeDeltaCodecs(), plain: [gzip], now: () => 0 };
    for (const [old, next] of pairs) {
      const share = await alike(old, next);
      const result = await tryDelta(next, old, parts);
      if (result === undefined) throw new Error("refused");
      // Nothing that would be proven is sorted out unseen, and what is much alike gains.
      if (result.gain >= 0.5) expect(share).toBeGreaterThanOrEqual(0.1);
      if (share >= 0.6) expect(result.gain).toBeGreaterThan(0.5);
      if (share < 0.02) expect(result.gain).toBeLessThan(0.5);
    }
  });
});
