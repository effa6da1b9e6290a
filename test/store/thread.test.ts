import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lastingSqliteStore } from "../../src/store/adapters/sqlite/lasting-store.ts";
import { isReported } from "../../src/store/failures/reported.ts";
import type { Store } from "../../src/store/store.ts";

const MEGABYTE = 1024 * 1024;
let folder: string;
let path: string;
let time: number;
let store: Store;
let threads: Worker[];
const noteThread = (thread: Worker): void => void threads.push(thread);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wayleave-thread-"));
  path = join(folder, "store.sqlite");
  time = 1_800_000_000;
  threads = [];
  process.on("worker", noteThread);
  store = lastingSqliteStore(path, { now: () => time, tell: () => {} });
});
afterEach(async () => {
  process.off("worker", noteThread);
  await store.close?.();
  rmSync(folder, { recursive: true });
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The longest pause of the event loop during some work, in milliseconds; of several tries the best. */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 4 && least > 200; i++) {
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    // Its first interval is not measured, and the last one only if it ends.
    await pause(30);
    await work();
    await pause(30);
    delay.disable();
    least = Math.min(least, delay.max / 1e6);
  }
  return least;
}

describe("a database on a thread", () => {
  test("never blocks the event loop, not even while another process has locked the file", async () => {
    await store.index.put("key", "value", 600);
    const db = new DatabaseSync(path);
    db.exec("BEGIN IMMEDIATE");
    let failures = 0;
    // A writer waits half a second for the lock.
    const longest = await longestPause(async () => {
      time += 100;
      await store.index.put("key", "other", 600).catch(() => failures++);
    });
    expect(longest).toBeLessThan(200);
    expect(failures).toBeGreaterThan(0);
    db.exec("ROLLBACK");
    db.close();
  });

  test("leaves the caller's bytes alone, also those of a Buffer", async () => {
    const content = Buffer.from("some bytes of a pool");
    await store.blobs.put("a", Uint8Array.from(content), 600);
    await store.blobs.put("b", content, 600);
    expect(content.toString()).toBe("some bytes of a pool");
    expect(await store.blobs.get("b")).toEqual(Uint8Array.from(content));
  });

  test("has a bound for content that waits, and accepts more afterwards", async () => {
    const content = new Uint8Array(8 * MEGABYTE - 1000);
    const puts = Array.from({ length: 10 }, (_, i) => store.blobs.put(`${i}`, content, 600));
    const results = await Promise.allSettled(puts);
    const errors = results.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(errors).toHaveLength(2);
    // The log has no line for each.
    expect(errors.every((each) => isReported(each))).toBe(true);
    await store.blobs.put("later", content, 600);
    expect((await store.blobs.get("later"))?.length).toBe(content.length);
  });

  test("is opened again, after a rest, if its thread has ended", async () => {
    await store.index.put("key", "value", 600);
    const db = new DatabaseSync(path);
    db.exec("BEGIN IMMEDIATE");
    const waiting = store.index.put("key", "other", 600);
    await Promise.all([
      threads[0]?.terminate(),
      expect(waiting).rejects.toThrow("the thread of the store has ended"),
    ]);
    db.close();
    await expect(store.index.get("key")).rejects.toThrow("no thread");
    time += 10;
    expect(await store.index.get("key")).toBe("value");
    expect(threads).toHaveLength(2);
  });

  test("has whole blobs, and nothing else, after its process was killed while it wrote", async () => {
    await store.close?.();
    for (const lines of [1, 3, 8, 11]) {
      const file = join(import.meta.dirname, "blob-writer.ts");
      const child = spawn(process.execPath, ["--no-warnings", file, path]);
      let written = "";
      for await (const text of child.stdout as AsyncIterable<Buffer>) {
        written += text.toString();
        if (written.split("\n").length > lines) break;
      }
      // In the middle of a write: one takes tens of milliseconds.
      await pause(5 * lines);
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      store = lastingSqliteStore(path, { now: () => time, tell: () => {} });
      const all = Array.from({ length: 20 }, (_, i) => i);
      const found = await Promise.all(
        all.map(async (i) => [i, await store.blobs.get(`blob ${i}`)] as const),
      );
      const stored = found.filter(([, content]) => content !== undefined);
      expect(stored.length).toBeGreaterThan(0);
      for (const [i, content] of stored) {
        expect(Buffer.from(content ?? []).equals(Buffer.alloc(8 * MEGABYTE, i))).toBe(true);
      }
      await store.close?.();
      const db = new DatabaseSync(path);
      const sums = `SELECT (SELECT sum(size) FROM blob) AS stated,
        (SELECT sum(length(content)) FROM blob_content) AS stored,
        (SELECT count(*) FROM blob_content WHERE id NOT IN (SELECT id FROM blob)) AS lost`;
      const { stated, stored: bytes, lost } = db.prepare(sums).get() ?? {};
      db.close();
      expect([bytes, lost]).toEqual([stated, 0]);
    }
  }, 60_000);
});
