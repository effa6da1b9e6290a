import { createHash } from "node:crypto";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import type { DeltaCodec } from "../../../src/codecs/delta.ts";
import { storedDictionaries } from "../../../src/stages/content-coding/dictionaries.ts";
import { compressionOptions } from "../../../src/stages/content-coding/policy.ts";
import { contentCoding } from "../../../src/stages/content-coding/stage.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import {
  FakeBody,
  fieldsOf,
  run,
  textOf,
  type OriginFacts,
  type RequestFacts,
} from "../../pipeline/fakes.ts";

const V1 = "one ".repeat(300);
const V2 = "two ".repeat(300);
const offer = (content: string, more = {}) => ({
  "Accept-Encoding": "gzip, dcz",
  "Available-Dictionary": `:${createHash("sha256").update(content).digest("base64")}:`,
  ...more,
});

/** Says what it would have compressed. */
const codec: DeltaCodec = {
  coding: "dcz",
  encode: (content, dictionary) =>
    new TextEncoder().encode(`${content.length} against ${dictionary.length}`),
};

interface Options {
  readonly request?: RequestFacts;
  readonly origin?: OriginFacts;
}

function site(codecs: readonly DeltaCodec[] = [codec], store = memoryStore()) {
  const stages = [contentCoding({ dictionaries: storedDictionaries(store), codecs })];
  const policy = v.parse(compressionOptions, { dictionary: { match: "/app.*.js" } });
  return async (body: string, fields: Record<string, string> = {}, options: Options = {}) => {
    const { request = {}, origin = {} } = options;
    const result = await run(stages, {
      policiesFor: () => () => ({ mode: "enforce", policy, rule: "defaults" }),
      request: { target: "/app.1.js", fields, ...request },
      origin: {
        fields: { "cache-control": "max-age=60", "content-type": "text/javascript", etag: '"e"' },
        body: new FakeBody([body.slice(0, 7), body.slice(7)]),
        ...origin,
      },
    });
    await Promise.all(result.exchange.work);
    return result;
  };
}

describe("the content-coding stage", () => {
  test("keeps a version, and answers the next as a delta of it", async () => {
    const get = site();
    const first = await get(V1);
    expect(await textOf(first.answer)).toBe(V1);
    expect(fieldsOf(first.answer)).toMatchObject({
      "use-as-dictionary": 'match="/app.*.js"',
      vary: "Accept-Encoding, Available-Dictionary",
      etag: '"e"',
    });
    const { answer } = await get(V2, offer(V1), {
      request: { target: "/app.2.js", fields: offer(V1) },
    });
    const text = (await textOf(answer)) ?? "";
    expect(text.endsWith("1200 against 1200")).toBe(true);
    expect(fieldsOf(answer)).toMatchObject({
      "content-encoding": "dcz",
      "content-length": "57",
      etag: expect.stringMatching(/^W\/"e.+dcz/),
      "use-as-dictionary": 'match="/app.*.js"',
    });
    for (const name of ["Accept-Encoding", "Available-Dictionary", "Sec-Fetch-Site"]) {
      expect(fieldsOf(answer)["vary"]).toContain(name);
    }
  });

  test("a version that came as a delta is a dictionary too", async () => {
    const get = site();
    await get(V1);
    await get(V2, offer(V1));
    const { answer } = await get("three ".repeat(200), offer(V2));
    expect(fieldsOf(answer)["content-encoding"]).toBe("dcz");
  });

  test.each([
    ["an unknown dictionary", offer("never seen")],
    ["a coding that is only implied", offer(V1, { "Accept-Encoding": "*" })],
    ["no dictionary", { "Accept-Encoding": "dcz" }],
  ])("%s gets the content as it is", async (_name, fields) => {
    const get = site();
    await get(V1);
    const { answer } = await get(V2, fields);
    expect(await textOf(answer)).toBe(V2);
    expect(fieldsOf(answer)["content-encoding"]).toBeUndefined();
    expect(fieldsOf(answer)["vary"]).toContain("Available-Dictionary");
  });

  test.each([
    ["refuses", { coding: "dcz", encode: () => undefined }],
    ["wins nothing", { coding: "dcz", encode: (content) => content }],
    ["fails", { coding: "dcz", encode: () => Promise.reject(new Error("no")) }],
    ["is for another coding", { coding: "dcb", encode: () => new Uint8Array() }],
  ] as [string, DeltaCodec][])("a codec that %s leaves the content whole", async (_name, other) => {
    const store = memoryStore();
    await site([codec], store)(V1);
    const { answer } = await site([other], store)(V2, offer(V1));
    expect(await textOf(answer)).toBe(V2);
    expect(fieldsOf(answer)["content-encoding"]).toBeUndefined();
  });

  test("nothing is kept of what is not for everyone, or outside of the match", async () => {
    const store = memoryStore();
    const get = site([codec], store);
    await get(V1, {}, { origin: { fields: { "cache-control": "private, max-age=60" } } });
    await get(V1, { Authorization: "x" });
    await get(V1, {}, { request: { target: "/other.js" } });
    await get(V1, {}, { request: { method: "POST" } });
    await get(V1, {}, { origin: { status: 404 } });
    const { answer } = await get(V2, offer(V1));
    expect(fieldsOf(answer)["content-encoding"]).toBeUndefined();
  });

  test("the origin is asked for what can be read, and not for a delta of its own", async () => {
    const { asked } = await site()(V1, offer(V1));
    expect([...(asked[0]?.fields.lines() ?? [])]).toEqual([["Accept-Encoding", "gzip"]]);
  });
});

describe("storedDictionaries", () => {
  const scope = { origin: "https://a.example", match: "/a/*" };
  const content = new TextEncoder().encode(V1);
  const hash = createHash("sha256").update(content).digest();

  test("finds a dictionary within its scope only, after a restart too", async () => {
    const store = memoryStore();
    await storedDictionaries(store).keep(scope, content, 60);
    const dictionaries = storedDictionaries(store);
    expect(await dictionaries.find(scope, hash)).toEqual(content);
    expect(
      await dictionaries.find({ ...scope, origin: "https://b.example" }, hash),
    ).toBeUndefined();
    expect(await dictionaries.find({ ...scope, match: "/b/*" }, hash)).toBeUndefined();
  });

  test("bytes that do not hash to their name are no dictionary", async () => {
    const store = memoryStore();
    await storedDictionaries(store).keep(scope, content, 60);
    await store.blobs.put(hash.toString("hex"), new Uint8Array([1]), 60);
    expect(await storedDictionaries(store).find(scope, hash)).toBeUndefined();
  });

  test("what is seen again lives on, and comes back where the store let it go", async () => {
    let time = 1_800_000_000;
    const store = memoryStore({ now: () => time, maxBytes: 2000 });
    await storedDictionaries(store).keep(scope, content, 100);
    time += 90;
    await store.blobs.put("other", new Uint8Array(1500), 100);
    await storedDictionaries(store).keep(scope, content, 100);
    time += 90;
    expect(await storedDictionaries(store).find(scope, hash)).toEqual(content);
    time += 20;
    expect(await storedDictionaries(store).find(scope, hash)).toBeUndefined();
  });
});
