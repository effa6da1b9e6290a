import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  lastingSqliteReplay,
  lastingSqliteStore,
} from "../../src/store/adapters/sqlite/lasting-store.ts";
import type { SqliteEvent } from "../../src/store/adapters/sqlite/lasting-store.ts";
import { sqliteStore } from "../../src/store/adapters/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import { MOUNT, needsThat } from "../support/needs.ts";

let folder: string;
let path: string;
let time: number;
let events: SqliteEvent[];
let opened: { close?(): unknown }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-lasting-"));
  path = join(folder, "store.sqlite");
  time = 1_800_000_000;
  events = [];
  opened = [];
});
afterEach(async () => {
  for (const each of opened) await each.close?.();
  rmSync(folder, { recursive: true, force: true });
});

const options = { now: () => time, tell: (event: SqliteEvent) => void events.push(event) };
const kinds = (): string[] =>
  events.map((event) => (event.kind === "down" ? `down, ${event.means}` : event.kind));

function open(): Store {
  const store = lastingSqliteStore(path, options);
  opened.push(store);
  return store;
}

/** Whether all parts of a store keep what they are given. */
async function works({ blobs, index, ledger }: Store): Promise<boolean> {
  await blobs.put("works", Uint8Array.of(1), 60);
  await index.put("works", "1", 60);
  await ledger.change("works", [{ key: "1", value: "1", ttl: 60 }]);
  await ledger.claim("works", `claim ${time}`, 60);
  return (
    (await blobs.get("works"))?.length === 1 &&
    (await index.get("works")) === "1" &&
    (await ledger.read("works")).size === 1
  );
}

/** A store's file as it is left behind, several hundred KB long. */
async function fill(): Promise<Buffer> {
  const store = sqliteStore(path, options.now);
  for (let i = 0; i < 300; i++) {
    await store.blobs.put(`blob ${i}`, new Uint8Array(1500).fill(i), 6000);
    await store.index.put(`key ${i}`, "value", 6000);
  }
  store.close?.();
  return readFileSync(path);
}

const damaged = (): string[] =>
  readdirSync(folder).filter((name) => /\.damaged-\d{8}T\d{6}Z(?:\.\d+)?$/.test(name));

describe("a store whose file is damaged when it is opened", () => {
  test.each([1, 16, 50, 99, 100, 511, 512, 4095, 4096, 5000, -8192, -4096])(
    "by a cut at byte %i works, empty, with the file set aside",
    async (length) => {
      const whole = await fill();
      truncateSync(path, length < 0 ? whole.length + length : length);
      expect(await works(open())).toBe(true);
      // SQLite takes a file of a single byte for an empty one.
      if (length === 1) return;
      expect(kinds()).toEqual(["set-aside"]);
      const [name = ""] = damaged();
      expect(readFileSync(join(folder, name))).toEqual(whole.subarray(0, length));
    },
  );

  test("by nothing in it at all is a new one", async () => {
    writeFileSync(path, "");
    expect(await works(open())).toBe(true);
    expect(kinds()).toEqual([]);
  });

  test("by bytes of another kind works, empty, with its -wal and -shm set aside", async () => {
    for (const part of ["", "-wal", "-shm"]) writeFileSync(path + part, "noise ".repeat(2000));
    expect(await works(open())).toBe(true);
    const [name = ""] = damaged();
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([`${name}-wal`, `${name}-shm`]));
  });

  test("keeps three of the renamed files", async () => {
    for (let i = 0; i < 5; i++) {
      time += 100;
      writeFileSync(path, "no database ".repeat(500));
      await open().close?.();
    }
    expect(damaged()).toHaveLength(3);
  });
});

describe("a store whose file can't be used", () => {
  test("uses memory instead of a folder, and the file after the folder is removed", async () => {
    mkdirSync(path);
    const store = open();
    expect(await works(store)).toBe(true);
    rmSync(path, { recursive: true });
    time += 1;
    expect(await works(store)).toBe(true);
    expect(statSync(path).isFile()).toBe(true);
    expect(kinds()).toEqual(["down, memory", "up"]);
  });

  test("reports once, however often it tries again", async () => {
    mkdirSync(path);
    const store = open();
    for (let i = 0; i < 100; i++) {
      time += 60;
      expect(await works(store)).toBe(true);
    }
    expect(kinds()).toEqual(["down, memory"]);
  });

  test("uses memory if the folder is not there, or nothing can be made in it", async () => {
    for (path of [join(folder, "none", "store.sqlite"), "/proc/store.sqlite"]) {
      events = [];
      expect(await works(open())).toBe(true);
      expect(kinds()).toEqual(["down, memory"]);
    }
  });

  test("leaves another program's database unchanged", async () => {
    for (const sql of [
      "CREATE TABLE customers (name TEXT)",
      "CREATE TABLE claims (id INTEGER, amount REAL)",
      "PRAGMA application_id = 1234",
    ]) {
      rmSync(path, { force: true });
      const db = new DatabaseSync(path);
      db.exec(sql);
      db.close();
      const before = readFileSync(path);
      events = [];
      expect(await works(open())).toBe(true);
      expect(kinds()).toEqual(["down, memory"]);
      expect(readFileSync(path)).toEqual(before);
    }
  });

  test("uses memory while another process has locked the whole file, then the file", async () => {
    await fill();
    const db = new DatabaseSync(path);
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM texts WHERE key = 'x'");
    const store = open();
    expect(await works(store)).toBe(true);
    expect(kinds()).toEqual(["down, memory"]);
    db.exec("COMMIT");
    db.close();
    time += 1;
    expect(await store.index.get("key 1")).toBe("value");
    expect(kinds()).toEqual(["down, memory", "up"]);
  });

  const isRoot = process.getuid?.() === 0;
  test("uses memory if it may not open the file", async () => {
    await fill();
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await works(open())).toBe(true);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    expect(kinds()).toEqual(["down, memory"]);
  });

  test("reads a file that it may not write, and reports that once", async () => {
    await fill();
    chmodSync(path, 0o444);
    chmodSync(folder, 0o777);
    if (isRoot) process.seteuid?.(65_534);
    try {
      const store = open();
      for (let i = 0; i < 5; i++) await store.index.put("key 1", "other", 60).catch(() => {});
      // A file that can't be appended to is not opened at all: memory has the new value.
      expect(await store.index.get("key 1")).toBe("other");
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    expect(kinds()).toEqual(["down, memory"]);
  });
});

describe("a store whose file fails while it is open", () => {
  test.each([0, 100, 4096, 20_000])("cut at byte %i: it continues, empty", async (length) => {
    const { length: whole } = await fill();
    const store = open();
    await store.index.get("key 1");
    truncateSync(path, length);
    expect(whole).toBeGreaterThan(20_000);
    const seen: unknown[] = [];
    for (let i = 0; i < 300; i++) seen.push(await store.blobs.get(`blob ${i}`).catch(String));
    expect(seen.filter((each) => typeof each === "string")).toEqual([]);
    expect(await works(store)).toBe(true);
    expect(kinds()).toEqual(["set-aside"]);
  });

  test("overwritten: it continues, empty, and the damaged file is beside it", async () => {
    const whole = await fill();
    const store = open();
    writeFileSync(path, Buffer.alloc(whole.length, 0xa5));
    for (let i = 0; i < 300; i++) await store.blobs.get(`blob ${i}`);
    expect(await works(store)).toBe(true);
    expect(kinds()).toEqual(["set-aside"]);
    expect(damaged()).toHaveLength(1);
  });

  test("damaged again and again: memory replaces it, and it is set aside once a minute", async () => {
    await fill();
    const store = open();
    for (let i = 0; i < 2; i++) {
      const db = new DatabaseSync(path);
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
      writeFileSync(path, Buffer.alloc(statSync(path).size, 0xa5));
      await store.blobs.get("blob 1");
      expect(await works(store)).toBe(true);
    }
    expect(damaged()).toHaveLength(1);
    expect(kinds()).toEqual(["set-aside", "down, memory"]);
    time += 60;
    expect(await works(store)).toBe(true);
    expect(kinds()).toEqual(["set-aside", "down, memory", "set-aside", "up"]);
  });

  test("shared with another process: one of them sets it aside, both go on in the new one", async () => {
    const whole = await fill();
    const [one, other] = [open(), open()];
    await one.index.get("key 1");
    await other.index.get("key 1");
    writeFileSync(path, Buffer.alloc(whole.length, 0xa5));
    for (const store of [one, other]) {
      for (let i = 0; i < 300; i++) await store.blobs.get(`blob ${i}`);
    }
    await one.index.put("shared", "1", 60);
    expect(await other.index.get("shared")).toBe("1");
    expect(kinds()).toEqual(["set-aside"]);
  });

  test("locked by a writer: it waits once, then not, continues to read, and reports both states", async () => {
    await fill();
    const store = open();
    await store.index.get("key 1");
    const db = new DatabaseSync(path);
    db.exec("BEGIN IMMEDIATE");
    const put = () => store.index.put("key", "new", 60);
    await expect(put()).rejects.toThrow("locked");
    const began = performance.now();
    for (let i = 0; i < 100; i++) await put().catch(() => {});
    time += 1;
    for (let i = 0; i < 100; i++) await put().catch(() => {});
    // Each of the 200 would wait half a second.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await store.index.get("key 1")).toBe("value");
    db.exec("ROLLBACK");
    db.close();
    await expect(put()).rejects.toThrow("has just failed");
    time += 2;
    await put();
    expect(await store.index.get("key")).toBe("new");
    expect(kinds()).toEqual(["down, no-writes", "up"]);
  });

  test("in a current folder that has been removed: it writes nothing, and the process ends", () => {
    const gone = join(folder, "gone");
    mkdirSync(gone);
    const from = new URL("../../src/store/adapters/sqlite/history.ts", import.meta.url).href;
    const script = `
      import { rmSync } from "node:fs";
      const { lastingSqliteHistory } = await import(${JSON.stringify(from)});
      rmSync(process.cwd(), { recursive: true });
      const path = ".wayleave/own/history.sqlite";
      const options = { now: () => 0, tell: () => {}, makesFolder: true };
      const history = lastingSqliteHistory(path, options);
      await history.add({ at: 0, tables: [] }).then(() => "added", (error) => error.message).then(console.log);
      await history.close();`;
    const argv = ["--no-warnings", "--input-type=module", "-e", script];
    const { status, stdout } = spawnSync(process.execPath, argv, { cwd: gone, timeout: 50_000 });
    expect(status).toBe(0);
    expect(String(stdout)).toMatch(/^ENOENT: .*removed/);
  });

  const mounts = spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
  test(
    "on a disk that is full: it reads, reports once, and writes once there is room",
    needsThat(mounts, MOUNT),
    async () => {
      const disk = join(folder, "disk");
      mkdirSync(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", disk]);
      try {
        path = join(disk, "store.sqlite");
        const store = open();
        await store.index.put("early", "1", 6000);
        const put = (i: number) => store.blobs.put(`blob ${i}`, new Uint8Array(50_000), 6000);
        for (let i = 0; i < 60; i++) await put(i).catch(() => {});
        expect(await store.index.get("early")).toBe("1");
        expect(kinds()).toEqual(["down, no-writes"]);
        execFileSync("mount", ["-o", "remount,size=20m", disk]);
        time += 60;
        await put(100);
        expect(kinds()).toEqual(["down, no-writes", "up"]);
        store.close?.();
      } finally {
        execFileSync("umount", ["-l", disk]);
      }
    },
  );

  test("a store of nonces continues, too", async () => {
    mkdirSync(path);
    const replay = lastingSqliteReplay(path, options);
    opened.push(replay);
    expect(await replay.seen("a", time + 60)).toBe(false);
    expect(await replay.seen("a", time + 60)).toBe(true);
    rmSync(path, { recursive: true });
    time += 1;
    expect(await replay.seen("b", time + 60)).toBe(false);
    writeFileSync(path, "x".repeat(8192));
    for (let i = 0; i < 3; i++) await replay.seen(`c ${i}`, time + 60);
    expect(await replay.seen("d", time + 60)).toBe(false);
    expect(kinds().slice(0, 2)).toEqual(["down, memory", "up"]);
  });
});

describe("a database file", () => {
  test("only its owner can read it, with -wal and -shm, for every umask", async () => {
    const before = process.umask(0);
    try {
      await open().index.get("opened");
      await lastingSqliteReplay(join(folder, "replay.sqlite"), options).close?.();
    } finally {
      process.umask(before);
    }
    const modes = readdirSync(folder).map((name) => [
      name,
      (statSync(join(folder, name)).mode & 0o777).toString(8),
    ]);
    expect(Object.fromEntries(modes)).toEqual({
      "store.sqlite": "600",
      "store.sqlite-wal": "600",
      "store.sqlite-shm": "600",
      "replay.sqlite": "600",
    });
  });
});
