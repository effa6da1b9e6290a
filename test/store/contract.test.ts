import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { sqliteStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";

let time = 1_800_000_000;
const now = (): number => time;

let folder: string;
let open: Store[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-store-"));
});

afterEach(() => {
  for (const store of open) store.close?.();
  open = [];
  rmSync(folder, { recursive: true });
});

function opened(store: Store): Store {
  open.push(store);
  return store;
}

function pass(seconds: number): void {
  time += seconds;
}

const STORES: [string, () => Store][] = [
  ["memory", () => opened(memoryStore({ now }))],
  ["SQLite", () => opened(sqliteStore(join(folder, "store.sqlite"), now))],
];

describe.each(STORES)("a store in %s", (_name, make) => {
  test("holds nothing at first, under names of Object.prototype neither", async () => {
    const { blobs, index } = make();
    for (const key of ["a", "", "__proto__", "constructor"]) {
      expect(await blobs.get(key)).toBeUndefined();
      expect(await index.get(key)).toBeUndefined();
    }
  });

  test("gives back every byte of a blob, and an empty one", async () => {
    const { blobs } = make();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await blobs.put("all", bytes, 60);
    await blobs.put("none", new Uint8Array(), 60);
    expect(await blobs.get("all")).toEqual(bytes);
    expect(await blobs.get("none")).toEqual(new Uint8Array());
  });

  test("stores a view's own bytes, not those around it", async () => {
    const { blobs } = make();
    await blobs.put("view", Uint8Array.of(1, 2, 3, 4).subarray(1, 3), 60);
    expect([...((await blobs.get("view")) ?? [])]).toEqual([2, 3]);
  });

  test("gives back texts, and replaces them", async () => {
    const { index } = make();
    await index.put("__proto__", "", 60);
    expect(await index.get("__proto__")).toBe("");
    await index.put("__proto__", "ä\u0000'; --", 60);
    expect(await index.get("__proto__")).toBe("ä\u0000'; --");
  });

  test("blobs and entries do not share names", async () => {
    const { blobs, index } = make();
    await index.put("a", "text", 60);
    expect(await blobs.get("a")).toBeUndefined();
  });

  test("an entry is gone after its time, and lives anew when put anew", async () => {
    const { index } = make();
    await index.put("a", "1", 60);
    await index.put("b", "1", 60);
    pass(50);
    await index.put("b", "2", 60);
    expect(await index.get("a")).toBe("1");
    pass(11);
    expect(await index.get("a")).toBeUndefined();
    expect(await index.get("b")).toBe("2");
  });

  test("an entry may live shorter when put anew; without any time it is gone", async () => {
    const { index } = make();
    await index.put("a", "1", 600);
    await index.put("a", "2", 10);
    pass(11);
    expect(await index.get("a")).toBeUndefined();
    await index.put("b", "1", 600);
    await index.put("b", "2", 0);
    expect(await index.get("b")).toBeUndefined();
  });

  test("a blob lives for the longest time for which it was wanted", async () => {
    const { blobs } = make();
    await blobs.put("a", Uint8Array.of(1), 600);
    await blobs.put("a", Uint8Array.of(1), 10);
    await blobs.put("b", Uint8Array.of(1), 10);
    await blobs.put("b", Uint8Array.of(1), 600);
    await blobs.put("never", Uint8Array.of(1), 0);
    pass(300);
    expect(await blobs.get("a")).toEqual(Uint8Array.of(1));
    expect(await blobs.get("b")).toEqual(Uint8Array.of(1));
    expect(await blobs.get("never")).toBeUndefined();
  });
});

describe("SQLite", () => {
  test("survives a restart, and is shared between two that have it open", async () => {
    const path = join(folder, "store.sqlite");
    const first = opened(sqliteStore(path, now));
    const second = opened(sqliteStore(path, now));
    await first.blobs.put("a", Uint8Array.of(7), 60);
    expect(await second.blobs.get("a")).toEqual(Uint8Array.of(7));
    const third = opened(sqliteStore(path, now));
    expect(await third.blobs.get("a")).toEqual(Uint8Array.of(7));
  });
});

describe("memory", () => {
  test("lets the least recently used go once its bounds are reached", async () => {
    const { blobs, index } = memoryStore({ maxBytes: 10, maxEntries: 2 });
    for (const name of ["a", "b", "c"]) {
      await blobs.put(name, new Uint8Array(4), 60);
      await index.put(name, name, 60);
      await blobs.get("a");
      await index.get("a");
    }
    expect(await blobs.get("a")).toBeDefined();
    expect(await blobs.get("b")).toBeUndefined();
    expect(await index.get("b")).toBeUndefined();
    await blobs.put("large", new Uint8Array(11), 60);
    expect(await blobs.get("large")).toBeUndefined();
  });
});
