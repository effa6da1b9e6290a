import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { memoryReplay } from "../../src/store/replay.ts";
import { sqliteReplay } from "../../src/store/adapters/sqlite/replay.ts";

const folder = mkdtempSync(join(tmpdir(), "wayleave-replay-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ["memory", memoryReplay],
  ["SQLite", (now: () => number) => sqliteReplay(join(folder, "one.sqlite"), now)],
])("a replay store in %s", (_name, create) => {
  test("knows a key from its second time on, until its time is over", async () => {
    let time = 1000;
    const store = create(() => time);
    expect(await store.seen("a", 1100)).toBe(false);
    expect(await store.seen("a", 1100)).toBe(true);
    expect(await store.seen("b", 1100)).toBe(false);
    time = 1099;
    expect(await store.seen("a", 1100)).toBe(true);
    time = 1100;
    expect(await store.seen("a", 1300)).toBe(false);
    expect(await store.seen("a", 1300)).toBe(true);
    store.close?.();
  });

  test("accepts one of many simultaneous uses as the first", async () => {
    const store = create(() => 1000);
    const seen = await Promise.all(Array.from({ length: 50 }, () => store.seen("race", 1100)));
    expect(seen.filter((each) => !each).length).toBe(1);
    store.close?.();
  });
});

test("two processes share one SQLite file", async () => {
  const path = join(folder, "shared.sqlite");
  const [one, other] = [sqliteReplay(path, () => 1000), sqliteReplay(path, () => 1000)];
  expect(await one.seen("key", 1100)).toBe(false);
  expect(await other.seen("key", 1100)).toBe(true);
  one.close?.();
  other.close?.();
});
