import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { lastingSqliteHistory } from "../../../src/store/adapters/sqlite/history.ts";
import { memoryHistory } from "../../../src/store/memory-history.ts";
import { MEASURES, type HistoryStore } from "../../../src/store/history.ts";
import { historyReader, retentionOf } from "../../../src/telemetry/history/history.ts";

const MINUTE = 60;
const DAY = 86_400;
/** A day's start. */
const START = 20_000 * DAY;

/** Numbers of a row: requests, and the same number of bytes sent. */
function numbers(requests: number): number[] {
  return MEASURES.map((name) => (name === "requests" || name === "bytesSent" ? requests : 0));
}

/** The key of a row of the table `missing`. */
function missing(path: string, agent = "GPTBot"): string[] {
  return [path, agent, "claimed", "404"];
}

const folder = mkdtempSync(join(tmpdir(), "wayleave-history-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

function sqliteHistory(): HistoryStore {
  const path = join(folder, `${++files}.sqlite`);
  return lastingSqliteHistory(path, { now: () => START, tell: () => {} });
}

const SUBJECTS: readonly [name: string, open: () => HistoryStore][] = [
  ["memory", memoryHistory],
  ["SQLite", sqliteHistory],
];

describe.each(SUBJECTS)("a history in %s", (_name, open) => {
  /** Adds rows of `missing` at seconds after START. */
  const add = (
    store: HistoryStore,
    at: number,
    rows: [key: string[], count: number][],
    most = 100,
  ) =>
    store.add({
      at: START + at,
      tables: [{ name: "missing", most, rows: rows.map(([key, n]) => [key, numbers(n)] as const) }],
    });
  const readerOf = (store: HistoryStore, days = 30) =>
    historyReader(
      store,
      () => retentionOf(days * DAY),
      () => START + DAY,
    );
  const day = { table: "missing", from: START, to: START + DAY } as const;

  test("sums up rows of one key, and by the columns that a query names", async () => {
    const store = open();
    await add(store, 0, [[missing("/a"), 2]]);
    await add(store, 1, [
      [missing("/a"), 3],
      [missing("/b"), 1],
    ]);
    await add(store, 2, [[missing("/a", "ClaudeBot"), 4]]);
    const rows = await readerOf(store).read({ ...day, by: ["path"] });
    expect(rows).toMatchObject([
      { key: { path: "/a" }, requests: 9, bytesSent: 9, bytesReceived: 0 },
      { key: { path: "/b" }, requests: 1 },
    ]);
    const ofOne = await readerOf(store).read({ ...day, by: [], where: { agent: "GPTBot" } });
    expect(ofOne.map(({ requests }) => requests)).toEqual([6]);
    await store.close?.();
  });

  test.each([
    [
      "minute",
      [
        [0, 1],
        [MINUTE, 2],
        [61 * MINUTE, 4],
      ],
    ],
    [
      "hour",
      [
        [0, 3],
        [60 * MINUTE, 4],
      ],
    ],
    ["day", [[0, 7]]],
  ] as const)("has rows for each %s", async (step, expected) => {
    const store = open();
    await add(store, 59, [[missing("/a"), 1]]);
    await add(store, MINUTE, [[missing("/a"), 2]]);
    await add(store, 61 * MINUTE + 1, [[missing("/a"), 4]]);
    const rows = await readerOf(store).read({ ...day, step, by: ["path"] });
    expect(rows.map(({ at, requests }) => [at - START, requests])).toEqual(expected);
    await store.close?.();
  });

  test("bounds the rows of a period, keeps the largest, and loses no request", async () => {
    const store = open();
    for (let i = 0; i < 40; i++) {
      const invented = Array.from({ length: 100 }, (_, n): [string[], number] => [
        missing(`/${i}/${n}`),
        1,
      ]);
      await add(store, i, [[missing("/often"), 3], ...invented]);
    }
    const rows = await readerOf(store).read({ ...day, by: ["path", "agent"] });
    expect(rows.length).toBeLessThanOrEqual(202);
    expect(rows.find(({ key }) => key.path === "/often")?.requests).toBe(120);
    expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(4120);
    expect(rows[0]?.key).toEqual({ path: "other", agent: "other" });
    await store.close?.();
  });

  test("expires each length of periods after its own time", async () => {
    const store = open();
    await add(store, 0, [[missing("/a"), 1]]);
    await add(store, 3 * DAY, [[missing("/a"), 1]]);
    await store.expire(START + 3 * DAY, retentionOf(2 * DAY));
    for (const step of ["minute", "hour", "day"] as const) {
      const query = { ...day, to: START + 4 * DAY, step, by: [] };
      expect((await readerOf(store).read(query)).map(({ at }) => at)).toEqual([START + 3 * DAY]);
    }
    await store.close?.();
  });

  test("limits rows after it has sorted them", async () => {
    const store = open();
    await add(store, 0, [
      [missing("/a"), 1],
      [missing("/b"), 3],
      [missing("/c"), 2],
    ]);
    const rows = await readerOf(store).read({ ...day, by: ["path"], limit: 2 });
    expect(rows.map(({ key }) => key.path)).toEqual(["/b", "/c"]);
    await store.close?.();
  });
});
