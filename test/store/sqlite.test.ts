import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sqliteStore, type SqliteStoreOptions } from "../../src/store/adapters/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";

let time = 1_800_000_000;
let folder: string;
let path: string;
let opened: Store[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-sqlite-"));
  path = join(folder, "store.sqlite");
});

afterEach(() => {
  for (const store of opened) store.close?.();
  opened = [];
  rmSync(folder, { recursive: true });
});

function open(options?: SqliteStoreOptions): Store {
  const store = sqliteStore(path, () => time, options);
  opened.push(store);
  return store;
}

const ofSize = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(size).fill(1);

/** Which of these are kept. */
async function kept({ blobs }: Store, names: readonly string[]): Promise<string> {
  const found = await Promise.all(
    names.map(async (name) => [name, await blobs.get(name)] as const),
  );
  return found.map(([name, content]) => (content === undefined ? "" : name)).join("");
}

/** Bytes of the file, once all that was written is in it. */
function fileSize(): number {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  return statSync(path).size;
}

describe("a store in SQLite", () => {
  test("survives a restart, and is shared by all that have it open", async () => {
    const [first, second] = [open(), open()];
    await first.blobs.put("a", Uint8Array.of(7), 60);
    await first.ledger.change("group", [{ key: "key", value: "value", ttl: 60 }]);
    expect(await second.blobs.get("a")).toEqual(Uint8Array.of(7));
    expect((await second.ledger.read("group")).get("key")).toBe("value");
    first.close?.();
    expect(await open().blobs.get("a")).toEqual(Uint8Array.of(7));
    opened.shift();
  });

  test("grants a claim to one of several processes", async () => {
    open();
    const claimer = join(import.meta.dirname, "claimer.ts");
    const run = () =>
      promisify(execFile)(process.execPath, ["--no-warnings", claimer, path, "100"]);
    const got = await Promise.all([run(), run(), run()]);
    const all = got.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test("evicts the least recently used blobs beyond its bound", async () => {
    const store = open({ maxBytes: 4000 });
    for (const name of ["a", "b", "c", "d"]) {
      await store.blobs.put(name, ofSize(1000), 1_000_000);
      time++;
    }
    time += 7 * 3600;
    await store.blobs.get("a");
    await store.blobs.put("e", ofSize(1500), 1_000_000);
    expect(await kept(store, ["a", "b", "c", "d", "e"])).toBe("ade");
    await store.blobs.put("large", ofSize(4001), 1_000_000);
    await store.blobs.put("most", ofSize(4000), 1_000_000);
    expect(await kept(store, ["a", "d", "e", "large", "most"])).toBe("most");
  });

  test("evicts blobs that were used once before those that were used again", async () => {
    const store = open({ maxBytes: 5000 });
    for (const name of ["a", "b", "c"]) await store.blobs.put(name, ofSize(1000), 1_000_000);
    await store.blobs.get("a");
    // Content that is in memory is not read from here.
    await store.blobs.touch?.("b");
    await store.blobs.put("c", ofSize(1000), 1_000_000);
    for (let i = 0; i < 200; i++) {
      time++;
      await store.blobs.put(`made up ${i}`, ofSize(1000), 1_000_000);
    }
    expect(await kept(store, ["a", "b", "c", "made up 0"])).toBe("abc");
  });

  test("leaves a fifth of its room for new blobs", async () => {
    const store = open({ maxBytes: 5000 });
    for (const name of ["a", "b", "c", "d", "e"]) {
      await store.blobs.put(name, ofSize(1000), 1_000_000);
      await store.blobs.get(name);
      time++;
    }
    await store.blobs.put("new", ofSize(1000), 1_000_000);
    expect(await kept(store, ["new", "a", "b", "c", "d", "e"])).toBe("newbcde");
  });

  test("opens a file that does not yet record which blobs were used again", async () => {
    const db = new DatabaseSync(path);
    db.exec(`
      CREATE TABLE blob (
        id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
        size INTEGER NOT NULL, used INTEGER NOT NULL, expires INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE blob_content (id INTEGER PRIMARY KEY, content BLOB) STRICT;
      CREATE INDEX blob_used ON blob (used, size);
      INSERT INTO blob VALUES (1, 'old', 1, ${time}, ${time + 60});
      INSERT INTO blob_content VALUES (1, x'07');
    `);
    db.close();
    const store = open();
    expect(await store.blobs.get("old")).toEqual(Uint8Array.of(7));
    await store.blobs.put("new", ofSize(10), 60);
    store.close?.();
    opened = [];
    expect(await kept(open(), ["old", "new"])).toBe("oldnew");
  });

  test("evicts expired entries before those in use", async () => {
    const store = open({ maxBytes: 3000 });
    await store.blobs.put("old", ofSize(1000), 1_000_000);
    await store.blobs.put("short", ofSize(1000), 60);
    time += 61;
    await store.blobs.put("new", ofSize(1000), 1_000_000);
    await store.blobs.put("newer", ofSize(1000), 1_000_000);
    expect(await kept(store, ["old ", "old", "short", "new", "newer"])).toBe("oldnewnewer");
  });

  test("counts the bytes that another process has written", async () => {
    const [one, other] = [open({ maxBytes: 64_000 }), open({ maxBytes: 64_000 })];
    for (let i = 0; i < 60; i++) {
      await one.blobs.put(`one ${i}`, ofSize(1000), 1_000_000);
      await other.blobs.put(`other ${i}`, ofSize(1000), 1_000_000);
    }
    const db = new DatabaseSync(path);
    const total = db.prepare("SELECT sum(length(content)) AS bytes FROM blob_content").get();
    db.close();
    expect(total?.["bytes"]).toBeLessThanOrEqual(66_000);
    expect(total?.["bytes"]).toBeGreaterThan(60_000);
  });

  test("writes that a blob is used at most every few hours", async () => {
    const store = open();
    await store.blobs.put("a", ofSize(10), 1_000_000);
    const db = new DatabaseSync(path);
    const used = () => db.prepare("SELECT used FROM blob").get()?.["used"];
    await store.blobs.get("a");
    const before = used();
    time += 3600;
    await store.blobs.get("a");
    expect(used()).toBe(before);
    time += 6 * 3600;
    await store.blobs.get("a");
    expect(used()).toBe(time);
    db.close();
  });

  test("continues to read while another process holds the lock, and fails soon if it has to write", async () => {
    const store = open();
    await store.blobs.put("a", ofSize(10), 1_000_000);
    await store.index.put("key", "value", 1_000_000);
    const db = new DatabaseSync(path);
    db.exec("BEGIN IMMEDIATE");
    time += 7 * 3600;
    expect(await store.blobs.get("a")).toEqual(ofSize(10));
    expect(await store.index.get("key")).toBe("value");
    expect((await store.ledger.read("group")).size).toBe(0);
    await expect(store.blobs.put("b", ofSize(10), 60)).rejects.toThrow("locked");
    await expect(
      store.ledger.change("group", [{ key: "key", value: "value", ttl: 60 }]),
    ).rejects.toThrow("locked");
    await expect(store.ledger.claim("group", "key", 60)).rejects.toThrow("locked");
    db.exec("ROLLBACK");
    db.close();
    await store.blobs.put("b", ofSize(10), 60);
    expect(await store.ledger.claim("group", "key", 60)).toBe(true);
  });

  test("returns room to the file system, and uses free pages again", async () => {
    const store = open();
    const size = 256 * 1024;
    for (let i = 0; i < 160; i++) await store.blobs.put(`old ${i}`, ofSize(size), 60);
    const full = fileSize();
    expect(full).toBeGreaterThan(160 * size);
    time += 61;
    for (let i = 0; i < 40; i++) await store.blobs.put(`new ${i}`, ofSize(size), 1_000_000);
    expect(fileSize()).toBeLessThan(full * 0.75);
    const before = fileSize();
    for (let i = 0; i < 40; i++) await store.blobs.delete(`new ${i}`);
    for (let i = 0; i < 40; i++) await store.blobs.put(`newer ${i}`, ofSize(size), 1_000_000);
    expect(fileSize()).toBeLessThan(before * 1.1);
  });

  test("removes expired entries, a few with each write", async () => {
    const store = open();
    for (let i = 0; i < 1200; i++) {
      await store.index.put(`text ${i}`, "1", 60);
      await store.ledger.claim("group", `claim ${i}`, 60);
    }
    await store.ledger.change(
      "group",
      Array.from({ length: 1200 }, (_, i) => ({ key: `entry ${i}`, value: "1", ttl: 60 })),
    );
    const db = new DatabaseSync(path);
    const count = (table: string) =>
      db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.["rows"];
    time += 700;
    const left: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await store.index.put("kept", "1", 6000);
      await store.ledger.change("other", [{ key: "kept", value: "1", ttl: 6000 }]);
      await store.ledger.claim("other", `kept ${i}`, 6000);
      left.push([count("texts"), count("ledger"), count("claims")]);
    }
    db.close();
    expect(left).toEqual([
      [701, 701, 701],
      [201, 201, 202],
      [1, 1, 3],
    ]);
  });

  test("reads the blobs of version 0.1.0", async () => {
    const db = new DatabaseSync(path);
    db.exec(
      "CREATE TABLE blobs (hash TEXT PRIMARY KEY, content BLOB NOT NULL, expires INTEGER NOT NULL) STRICT",
    );
    const put = db.prepare("INSERT INTO blobs VALUES (?, ?, ?)");
    put.run("kept", Uint8Array.of(1, 2), time + 60);
    put.run("over", Uint8Array.of(3), time - 1);
    db.close();
    const store = open();
    expect(await store.blobs.get("kept")).toEqual(Uint8Array.of(1, 2));
    expect(await store.blobs.get("over")).toBeUndefined();
    expect(await open().blobs.get("kept")).toEqual(Uint8Array.of(1, 2));
  });
});
