import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { concat } from "../../src/http/bytes.ts";
import { readBounded } from "../../src/http/gather.ts";
import type { ScanPosition } from "../../src/pipeline/stage.ts";
import { declined, FakeBody, run, stage, textOf } from "./fakes.ts";

/** Scans a content and tells what was seen. */
async function scanned(pieces: readonly string[], maxBytes: number, stopAt = Infinity) {
  const seen: [string, ScanPosition][] = [];
  const body = new FakeBody(pieces);
  const { answer, failures, decisions } = await run(
    [
      stage("s", {
        onResponse: () => ({
          kind: "scan",
          maxBytes,
          see(piece, at) {
            seen.push([new TextDecoder().decode(piece), at]);
            return at !== "open" || seen.length >= stopAt ? declined : undefined;
          },
        }),
      }),
    ],
    { origin: { body } },
  );
  return { seen, body, answer, failures, decisions };
}

describe("a scan", () => {
  test("sees every piece, then the end", async () => {
    const { seen } = await scanned(["ab", "c"], 10);
    expect(seen).toEqual([
      ["ab", "open"],
      ["c", "open"],
      ["", "end"],
    ]);
  });

  test("sees no byte beyond its bound", async () => {
    const { seen } = await scanned(["ab", "cde", "f"], 4);
    expect(seen).toEqual([
      ["ab", "open"],
      ["cd", "limit"],
    ]);
  });

  test("content that is exactly as long as the bound ends, and is not cut", async () => {
    expect((await scanned(["ab", "cd"], 4)).seen.at(-1)).toEqual(["", "end"]);
    expect((await scanned(["ab", "cd", "e"], 4)).seen.at(-1)).toEqual(["", "limit"]);
  });

  test("of an empty content sees its end", async () => {
    expect((await scanned([], 4)).seen).toEqual([["", "end"]]);
  });

  test("stops reading at an outcome, and the content is still sent whole", async () => {
    const { seen, body, answer } = await scanned(["a", "b", "c"], 10, 1);
    expect(seen).toEqual([["a", "open"]]);
    expect(body.pulled).toBe(1);
    await vi.waitFor(() => expect(body.cancelled).toBe(1));
    expect(await textOf(answer)).toBe("abc");
  });

  test("is declined if there is nothing to read", async () => {
    const scan = stage("s", {
      onResponse: () => ({ kind: "scan", maxBytes: 1, see: () => declined }),
    });
    const head = await run([scan], { request: { method: "HEAD" } });
    expect(head.decisions?.at(-1)).toMatchObject({ reason: "no-content" });
    const coded = await run([scan], { origin: { body: new FakeBody([], { readable: false }) } });
    expect(coded.decisions?.at(-1)).toMatchObject({ reason: "unreadable-coding" });
  });

  test("of an origin that breaks off or stalls fails alone", async () => {
    const scan = stage("s", {
      onResponse: () => ({ kind: "scan", maxBytes: 9, see: () => undefined }),
    });
    const broken = new FakeBody(["a"], { breaks: true });
    const result = await run([scan], { origin: { body: broken } });
    expect(result.failures).toEqual(["s response"]);
    expect(result.answer.body).toBe(broken);
    const stalled = new FakeBody([]);
    stalled.open = () => new ReadableStream();
    const waited = await run([scan], { origin: { body: stalled }, stageTimeout: 50 });
    expect(waited.failures).toEqual(["s response"]);
  });

  test("gives the same bytes for any cut", async () => {
    const pieces = fc.array(fc.string({ maxLength: 4, unit: "grapheme-ascii" }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 12 }), async (pieces, maxBytes) => {
        const { seen } = await scanned(pieces, maxBytes);
        const whole = pieces.join("");
        expect(seen.map(([text]) => text).join("")).toBe(whole.slice(0, maxBytes));
        expect(seen.at(-1)?.[1]).toBe(whole.length > maxBytes ? "limit" : "end");
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

describe("readBounded", () => {
  test("gives all up to the bound, and nothing beyond", async () => {
    const body = new FakeBody(["ab", "", "c"]);
    expect(await readBounded(body.open(), 3)).toEqual(new TextEncoder().encode("abc"));
    expect(await readBounded(body.open(), 2)).toBeUndefined();
    expect(body.cancelled).toBe(1);
    expect(await readBounded(new FakeBody([]).open(), 0)).toEqual(new Uint8Array());
  });

  test("rejects if the content breaks off", async () => {
    const body = new FakeBody(["a"], { breaks: true });
    await expect(readBounded(body.open(), 9)).rejects.toThrow("broke off");
  });
});

test("concat joins pieces", () => {
  expect(concat([Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3)])).toEqual(
    Uint8Array.of(1, 2, 3),
  );
});
