import { MemoryBudget } from "../../../src/memory/budget.ts";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DeltaCodec } from "../../../src/codecs/delta.ts";
import { nodeDeltaCodecs } from "../../../src/runtime/node/codecs.ts";
import { limitedStore } from "../../../src/store/failures/limited.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { sqliteStore } from "../../../src/store/adapters/sqlite/store.ts";
import type { BlobStore } from "../../../src/store/store.ts";
import { FAULTS, faultyStore, type Fault, type Operation } from "../../support/faulty-store.ts";
import { sampleOf } from "../../support/sample.ts";
import { bundle } from "./bundles.ts";
import { hashOf, offer, site } from "./site.ts";

const V1 = bundle(1);
const V2 = bundle(2);
const V3 = bundle(3);
const clock = () => 1_800_000_000;
const nameOf = (content: string) => hashOf(content).toString("hex");

/** Does not write what it has by that name, as R2 within a day. */
function lazyBlobs(blobs: BlobStore): BlobStore {
  return {
    ...blobs,
    put: async (hash, content, ttl) => {
      if ((await blobs.get(hash)) === undefined) await blobs.put(hash, content, ttl);
    },
  };
}

describe("a store that fails", () => {
  test("has lost nothing: old versions serve again when it is back", async () => {
    const store = memoryStore({ now: clock });
    const before = site({ store });
    before.put("/app.1.js", V1);
    await before.get("/app.1.js");
    const faulty = faultyStore(store, { "blobs.get": "rejects" });
    const { put, get, pass } = site({ store: faulty });
    put("/app.2.js", V2);
    const plain = await get("/app.2.js", offer(V1), { has: [V1] });
    expect(plain.fields["content-encoding"]).toBe("br");
    faulty.fail("all", "none");
    pass(60);
    const delta = await get("/app.2.js", offer(V1), { has: [V1] });
    expect(delta.fields["content-encoding"]).toBe("dcb");
    expect(delta.text === V2).toBe(true);
  });

  test("returns an incomplete dictionary: the dictionary is dropped, and stored again when its content passes again", async () => {
    const inner = memoryStore({ now: clock });
    const store = { ...inner, blobs: lazyBlobs(inner.blobs) };
    const before = site({ store });
    before.put("/app.1.js", V1);
    before.put("/app.2.js", V2);
    await before.get("/app.1.js");
    await inner.blobs.put(nameOf(V1), new TextEncoder().encode(V2), 600);
    // Nothing is cached in memory, so that each use is a look into the store.
    const { put, get, pass, faults } = site({ store, options: { memory: new MemoryBudget(1) } });
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    const plain = await get("/app.2.js", offer(V1), { has: [V1] });
    expect([plain.fields["content-encoding"], plain.text === V2]).toEqual(["br", true]);
    expect(String(faults[0])).toContain("wrong bytes");
    pass(61);
    await get("/app.1.js");
    const delta = await get("/app.2.js", offer(V1), { has: [V1] });
    expect([delta.fields["content-encoding"], delta.text === V2]).toEqual(["dcb", true]);
  });

  test("gives a torn coding: the content is sent, and the coding made again", async () => {
    const inner = memoryStore({ now: clock });
    const store = { ...inner, blobs: lazyBlobs(inner.blobs) };
    const asks = { "Accept-Encoding": "br" };
    const before = site({ policy: {}, store });
    before.put("/page", V1);
    for (let i = 0; i < 2; i++) await before.get("/page", asks);
    const good = (await before.get("/page", asks)).content;
    const coded = createHash("sha256").update(good).digest("hex");
    expect(await inner.blobs.get(coded)).toBeDefined();
    await inner.blobs.put(coded, new Uint8Array(good.length), 600);
    // The claim of the first time is over by now.
    const ledger = { ...inner.ledger, claim: async () => true };
    const { put, get } = site({ policy: {}, store: { ...store, ledger } });
    put("/page", V1);
    for (let i = 0; i < 4; i++) expect((await get("/page", asks)).text === V1).toBe(true);
    const healed = await get("/page", asks);
    expect([healed.asked.length, healed.text === V1]).toEqual([0, true]);
    expect(Buffer.from((await inner.blobs.get(coded)) ?? []).equals(good)).toBe(true);
  });

  const OPERATIONS: readonly (Operation | "all")[] = [
    "blobs.get",
    "blobs.put",
    "blobs.delete",
    "index.get",
    "index.put",
    "ledger.read",
    "ledger.change",
    "ledger.claim",
    "all",
  ];
  const CASES = OPERATIONS.flatMap((what, i) =>
    // So that a sample has every fault and every operation.
    FAULTS.map((_, k) => [what, FAULTS[(i + k) % FAULTS.length] as Fault] as const),
  );

  test.each(sampleOf(CASES, 4))(
    "%s %s: from the start, in mid-run and for the next process, every answer is right",
    async (what, fault) => {
      const versions = [1, 2, 3].map((version) => bundle(version, 6000));
      const [one = "", two = ""] = versions;
      const stored = memoryStore({ now: clock });
      for (const failsFrom of [0, 1]) {
        const faulty = faultyStore(stored);
        // Writes are waited for by nobody, and reads for a moment.
        const store = limitedStore(faulty, clock, { read: 5, write: 5 });
        const { put, get, pass } = site({ store, mayFailBehind: true });
        for (const round of [0, 1, 2]) {
          if (round === failsFrom) faulty.fail(what, fault);
          for (const [i, text] of versions.entries()) {
            const target = `/app.${i + 1}.js`;
            put(target, text);
            for (const dictionary of [one, two]) {
              const got = await get(target, offer(dictionary), { has: [dictionary] });
              expect([got.status, got.text === text, got.failures]).toEqual([200, true, []]);
            }
            const plain = await get(target, { "Accept-Encoding": "br" });
            expect([plain.status, plain.text === text, plain.failures]).toEqual([200, true, []]);
          }
          const changed = await get("/app.1.js", {}, { method: "POST" });
          expect([changed.status, changed.failures]).toEqual([200, []]);
          pass(40);
        }
      }
    },
  );
});

/** The runtime's own codec, which counts what it makes. */
function countingCodec(): DeltaCodec & { made: number } {
  const [native] = nodeDeltaCodecs();
  const codec: DeltaCodec & { made: number } = {
    coding: "dcb",
    made: 0,
    encode: (...args) => {
      codec.made += 1;
      return native?.encode(...args);
    },
  };
  return codec;
}

describe("many at once", () => {
  test("two hundred first requests for one delta make it once", async () => {
    const codec = countingCodec();
    const { put, get } = site({ codecs: [codec] });
    put("/app.1.js", V1);
    put("/app.2.js", V2);
    await get("/app.1.js");
    const got = await Promise.all(
      Array.from({ length: 200 }, () => get("/app.2.js", offer(V1), { has: [V1] })),
    );
    expect(got.every(({ text }) => text === V2)).toBe(true);
    expect(new Set(got.map(({ fields }) => fields["content-encoding"]))).toEqual(new Set(["dcb"]));
    expect(codec.made).toBe(1);
  });

  test("of several processes over one SQLite file, one makes the best coding", async () => {
    const codec = countingCodec();
    const folder = mkdtempSync(join(tmpdir(), "wayleave-"));
    const stores = [0, 1, 2].map(() => sqliteStore(join(folder, "store.db"), clock));
    const policy = { dictionary: { match: "/app.*.js", budget: { inlineBytes: 0 } } };
    const processes = stores.map((store) => site({ store, policy, codecs: [codec] }));
    const [first] = processes;
    first?.put("/app.1.js", V1);
    await first?.get("/app.1.js");
    for (const { put } of processes) put("/app.2.js", V2);
    const ask = () =>
      Promise.all(processes.map(({ get }) => get("/app.2.js", offer(V1), { has: [V1] })));
    const got = [...(await ask()), ...(await ask())];
    expect(got.every(({ text }) => text === V2)).toBe(true);
    expect(codec.made).toBe(1);
    for (const store of stores) store.close?.();
    rmSync(folder, { recursive: true });
  });

  test("ten dictionaries at once stay within the budget of a version, round after round", async () => {
    const versions = Array.from({ length: 10 }, (_, i) => bundle(i + 10));
    const budget = { variants: 3 };
    const inner = memoryStore({ now: clock });
    const { put, get, pass } = site({
      store: inner,
      policy: { dictionary: { match: "/app.*.js", budget } },
    });
    for (const [i, text] of versions.entries()) put(`/app.${i}.js`, text);
    await Promise.all(versions.map((_, i) => get(`/app.${i}.js`)));
    put("/app.new.js", V1);
    let codings: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      const got = await Promise.all(
        versions.map((text) => get("/app.new.js", offer(text), { has: [text] })),
      );
      expect(got.every(({ text }) => text === V1)).toBe(true);
      const now = got.map(({ fields }) => fields["content-encoding"]);
      if (round > 1) expect(now).toEqual(codings);
      codings = now;
      pass(1);
    }
    expect(codings.filter((coding) => coding === "dcb")).toHaveLength(3);
  });
});

describe("an origin that changes its mind", () => {
  test.each([
    ["a cookie", { "set-cookie": "session=secret" }],
    ["private", { "cache-control": "private, max-age=60" }],
    ["no-store", { "cache-control": "no-store, max-age=60" }],
    ["Vary on Cookie", { vary: "Cookie" }],
  ])("a 304 with %s ends what is stored", async (_what, fields) => {
    const { put, get, pass } = site({ policy: {} });
    const asks = { "Accept-Encoding": "br" };
    put("/page", V1);
    for (let i = 0; i < 2; i++) await get("/page", asks);
    expect((await get("/page", asks)).asked).toEqual([]);
    pass(61);
    put("/page", V1, fields);
    const confirmed = await get("/page", asks);
    expect(confirmed.text === V1).toBe(true);
    put("/page", V2, { "cache-control": "no-store" });
    const next = await get("/page", asks);
    expect(next.asked).toHaveLength(1);
    expect(next.fields["set-cookie"]).toBeUndefined();
    expect(next.text === V2).toBe(true);
  });

  test.each([404, 410, 301, 308])("a %i ends what is stored, fresh or not", async (status) => {
    const { put, get } = site({ policy: {} });
    const asks = { "Accept-Encoding": "br" };
    put("/page", V1);
    for (let i = 0; i < 3; i++) await get("/page", asks);
    put("/page", "gone", { etag: "" }, status);
    const reload = await get("/page", { ...asks, "Cache-Control": "no-cache" });
    expect(reload.status).toBe(status);
    expect((await get("/page", asks)).status).toBe(status);
  });

  test("other content under the same ETag is detected by its length or its date", async () => {
    const { put, get } = site();
    put("/app.1.js", V1);
    await get("/app.1.js");
    const asks = offer(V1);
    for (const [text, more] of [
      [V2, { "last-modified": "Sat, 01 Jan 2022 00:00:00 GMT" }],
      [V3, { "last-modified": "Sun, 02 Jan 2022 00:00:00 GMT" }],
      [`${V3}more`, { "last-modified": "Sun, 02 Jan 2022 00:00:00 GMT" }],
    ] as const) {
      put("/app.2.js", text, { etag: '"same"', ...more });
      const got = await get(
        "/app.2.js",
        { ...asks, "If-None-Match": '"other"', "Cache-Control": "no-cache" },
        { has: [V1] },
      );
      expect(got.text === text).toBe(true);
    }
  });

  test("incomplete content is stored neither as dictionary nor as a response", async () => {
    const { put, get } = site({ mayFailBehind: true });
    put("/app.1.js", V1, {}, 200, true);
    await expect(get("/app.1.js", { "Accept-Encoding": "br" })).rejects.toThrow();
    await get("/app.1.js", {}).catch(() => {});
    put("/app.2.js", V2);
    const half = V1.slice(0, Math.floor(V1.length / 2));
    for (const dictionary of [V1, half]) {
      const got = await get("/app.2.js", offer(dictionary), { has: [dictionary] });
      expect(got.fields["content-encoding"]).toBe("br");
    }
    put("/app.1.js", V1);
    expect((await get("/app.1.js")).text === V1).toBe(true);
  });

  test("a request that changes a resource drops the responses that another process has stored of it", async () => {
    const store = memoryStore({ now: clock });
    const asks = { "Accept-Encoding": "br" };
    const one = site({ policy: {}, store });
    one.put("/page", V1);
    for (let i = 0; i < 3; i++) await one.get("/page", asks);
    const other = site({ policy: {}, store });
    other.put("/page", V2);
    await other.get("/page", {}, { method: "POST" });
    const third = site({ policy: {}, store });
    third.put("/page", V2);
    expect((await third.get("/page", asks)).text === V2).toBe(true);
  });

  test("URLs that are requested once are not stored", async () => {
    const inner = memoryStore({ now: clock });
    const faulty = faultyStore(inner);
    const { put, get } = site({ policy: {}, store: faulty });
    for (let i = 0; i < 50; i++) {
      put(`/page?q=${i}`, V1);
      await get(`/page?q=${i}`, { "Accept-Encoding": "br" });
    }
    expect(faulty.begun.filter((each) => each === "index.put")).toEqual([]);
  });

  test("a page that was made for a cookie is not stored for those without, though it says public", async () => {
    const { put, get } = site({ policy: {} });
    const asks = { "Accept-Encoding": "br" };
    const html = { "content-type": "text/html", "cache-control": "public, max-age=60" };
    put("/page", `${V1} for Ann`, html);
    for (let i = 0; i < 3; i++) await get("/page", { ...asks, Cookie: "session=ann" });
    put("/page", V1, html);
    const got = await get("/page", asks);
    expect([got.asked.length, got.text === V1]).toEqual([1, true]);
  });
});
