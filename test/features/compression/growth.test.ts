import { describe, expect, test } from "vitest";
import { createHash } from "node:crypto";
import { BlobCache } from "../../../src/cache/blob-cache.ts";
import { Groups } from "../../../src/features/compression/dictionary-groups.ts";
import { Resources, type Resource } from "../../../src/features/compression/resources.ts";
import { memoryStore } from "../../../src/store/memory.ts";

const HASH = "ab".repeat(32);
const resource: Resource = {
  fields: [],
  selecting: [],
  storedAt: 0,
  confirmedAt: 0,
  age: 0,
  lifetime: 600,
  content: HASH,
  length: 10,
};

describe("queries that someone makes up", () => {
  test("write no more than 2000 entries an hour and process, whatever is requested how often", async () => {
    let time = 0;
    let writes = 0;
    const index = { get: async () => undefined, put: async () => void writes++ };
    const resources = new Resources(
      index,
      () => {},
      () => time,
    );
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3000; i++) {
        resources.storeInMemory(`/?q=${i}`, resource);
        await resources.put(`/?q=${i}`, resource);
      }
    }
    expect(writes).toBe(2000);
    // It is in memory all the same, and that is bounded too.
    expect(resources.peek("/?q=2999")).toEqual(resource);
    for (let i = 0; i < 30_000; i++) await resources.put(`/?r=${i}`, resource);
    expect(resources.peek("/?r=0")).toBeUndefined();
    expect(resources.peek("/?q=0")).toEqual(resource);
    time += 3600;
    await resources.put("/?q=later", resource);
    expect(writes).toBe(2001);
  });
});

describe("content that is another each time", () => {
  test("pushes a group's dictionaries out once an hour at most", async () => {
    let time = 1_800_000_000;
    const now = (): number => time;
    const store = memoryStore({ now });
    const blobs = new BlobCache(store.blobs, () => {});
    const groups = new Groups({ ledger: store.ledger, blobs, now, onFault: () => {} });
    const bounds = { dictionaries: 4, bytes: 1_000_000, variants: 24, ttl: 86_400 };
    const keep = (text: string): Promise<void> => {
      const content = new Uint8Array(Buffer.from(text));
      const hash = createHash("sha256").update(content).digest("hex");
      return groups.storeDictionary("group", hash, content, bounds);
    };
    for (let i = 0; i < 100; i++) await keep(`attack ${i}`);
    const before = [...(await groups.state("group")).dictionaries.keys()];
    expect(before).toHaveLength(4);
    for (let i = 0; i < 100; i++) await keep(`more ${i}`);
    expect([...(await groups.state("group")).dictionaries.keys()]).toEqual(before);
    time += 3600;
    await keep("the next deploy");
    expect([...(await groups.state("group")).dictionaries.keys()]).not.toEqual(before);
  });
});

describe("hosts that someone makes up", () => {
  test("begin 500 groups an hour and process at most", async () => {
    const now = (): number => 1_800_000_000;
    const store = memoryStore({ now });
    const begun = new Set<string>();
    const ledger = {
      ...store.ledger,
      read: store.ledger.read.bind(store.ledger),
      change: async (group: string) => void begun.add(group),
    };
    const blobs = new BlobCache(store.blobs, () => {});
    const groups = new Groups({ ledger, blobs, now, onFault: () => {} });
    const bounds = { dictionaries: 4, bytes: 1_000_000, variants: 24, ttl: 86_400 };
    for (let i = 0; i < 600; i++) {
      await groups.storeDictionary(`host ${i}`, HASH, new Uint8Array(10), bounds);
    }
    expect(begun.size).toBe(500);
  });
});
