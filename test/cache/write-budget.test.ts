import { describe, expect, it } from "vitest";
import {
  BlobCache,
  Entries,
  ResponseCache,
  type CacheContext,
  type CacheRequest,
  type CacheResponse,
} from "../../src/cache/index.ts";
import { OF_NETWORK, OF_PROCESS, createWriteBudget } from "../../src/cache/write-budget.ts";
import { FieldList } from "../../src/http/fields.ts";

const HOUR = 3600;

describe("the hour of a network and of the process", () => {
  it("ends for one network while others may write, and for all together", () => {
    let now = 0;
    const mayWrite = createWriteBudget(() => now);
    const writes = (network: string | undefined): number => {
      let count = 0;
      while (mayWrite(network, 10)) count += 1;
      return count;
    };
    expect(writes("4/1")).toBe(OF_NETWORK.entries);
    expect(writes("4/1")).toBe(0);
    expect(writes(undefined)).toBe(OF_NETWORK.entries);
    let all = 2 * OF_NETWORK.entries;
    for (let i = 2; i < 20; i++) all += writes(`4/${i}`);
    expect(all).toBe(OF_PROCESS.entries);
    now = HOUR;
    expect(writes("4/1")).toBe(OF_NETWORK.entries);
  });

  it("counts bytes of content as well as entries", () => {
    const mayWrite = createWriteBudget(() => 0);
    const large = 8 * 1024 * 1024;
    let bytes = 0;
    while (mayWrite("4/1", large)) bytes += large;
    expect(bytes).toBe(OF_NETWORK.bytes);
    // What is small still has room, as it has no content to speak of.
    expect(mayWrite("4/1", 0)).toBe(true);
    for (let i = 2; i < 40; i++) while (mayWrite(`4/${i}`, large)) bytes += large;
    expect(bytes).toBe(OF_PROCESS.bytes);
  });
});

/** A cache over a store that counts what is written, and an origin whose responses are all storable. */
function cacheOfAll() {
  const written = { index: 0, blobs: 0, bytes: 0 };
  const texts = new Map<string, string>();
  const fail = (error: unknown): never => {
    throw error;
  };
  let now = 1_800_000_000;
  const background: Promise<unknown>[] = [];
  const cache = new ResponseCache<CacheResponse>({
    entries: new Entries(
      {
        get: async (key) => texts.get(key),
        put: async (key, text) => {
          written.index += 1;
          texts.set(key, text);
        },
      },
      () => now,
      fail,
    ),
    blobs: new BlobCache(
      {
        get: async () => undefined,
        put: async (_hash, content) => {
          written.blobs += 1;
          written.bytes += content.length;
        },
        delete: async () => {},
      },
      fail,
    ),
    revive: ({ status, fields }) => ({ status, fields, body: null }),
    now: () => now,
    maxBytes: 8_000_000,
    hasCodedBytes: true,
  });
  let answers = 0;
  const origin = async ({ target, fields }: CacheRequest): Promise<CacheResponse> => {
    answers += 1;
    const isConfirmed = fields.get("if-none-match") !== undefined;
    const control = { "cache-control": "max-age=60", etag: '"1"' };
    return {
      status: isConfirmed ? 304 : 200,
      fields: FieldList.from(Object.entries(control).flat()),
      body: isConfirmed
        ? null
        : { copy: () => new Blob([`content of ${target}`]).stream(), release: () => {} },
    };
  };
  const ask = async (target: string, network: string): Promise<string | undefined> => {
    const context: CacheContext<CacheResponse> = {
      settings: {
        keepFor: 3600,
        ignoreCookies: false,
        after: 1,
        staleIfError: 0,
        staleWhileRevalidate: 0,
      },
      observes: false,
      keyOf: (path) => path,
      targetOf: () => undefined,
      origin,
      network,
      background: (work) => void background.push(work),
      onOutcome: () => {},
    };
    const { fields } = await cache.answer(
      { method: "GET", target, fields: new FieldList() },
      context,
    );
    await Promise.all(background.splice(0));
    return fields.get("cache-status");
  };
  return { ask, written, answers: () => answers, pass: (seconds: number) => void (now += seconds) };
}

describe("made-up addresses that the cache stores", () => {
  it("write no more than a network may, and are stored in memory beyond", async () => {
    const { ask, written, answers, pass } = cacheOfAll();
    for (let i = 0; i < OF_NETWORK.entries + 300; i++) await ask(`/?${i}`, "4/1");
    expect(written.index).toBe(OF_NETWORK.entries);
    expect(written.blobs).toBe(OF_NETWORK.entries);
    // The last one was not written, and is used all the same.
    const seen = answers();
    const last = `/?${OF_NETWORK.entries + 299}`;
    expect(await ask(last, "4/1")).toContain("hit");
    expect(answers()).toBe(seen);
    // Nor does its confirmation write a head whose content the store lacks.
    pass(61);
    expect(await ask(last, "4/2")).toContain("fwd-status=304");
    expect(written.index).toBe(OF_NETWORK.entries);
    // Others' requests are written.
    await ask("/other", "4/2");
    expect(written.index).toBe(OF_NETWORK.entries + 1);
    expect(written.blobs).toBe(OF_NETWORK.entries + 1);
  });

  it("are written again if they are confirmed, no more often than the network may", async () => {
    const { ask, written, pass } = cacheOfAll();
    for (let i = 0; i < 10; i++) await ask(`/?${i}`, "4/1");
    for (let round = 0; round < 5; round++) {
      pass(700);
      for (let i = 0; i < 10; i++) await ask(`/?${i}`, "4/1");
    }
    expect(written.index).toBe(60);
    expect(written.blobs).toBe(10);
  });
});
