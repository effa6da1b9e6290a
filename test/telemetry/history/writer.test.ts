import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HistoryStore } from "../../../src/store/history.ts";
import { memoryHistory } from "../../../src/store/memory-history.ts";
import { historyReader, retentionOf } from "../../../src/telemetry/history/history.ts";
import { HistoryWriter } from "../../../src/telemetry/history/writer.ts";
import { drainTally } from "../../../src/telemetry/tally/drain.ts";
import { Tally } from "../../../src/telemetry/tally/tally.ts";
import { sampleEvent } from "../../support/sample-event.ts";

const DAY = 86_400;

afterEach(() => void vi.useRealTimers());

function writing(store: HistoryStore) {
  const dropped: number[] = [];
  const tally = new Tally({ clock: Date.now, onMinute: () => writer.endMinute() });
  const writer = new HistoryWriter({
    store,
    drain: () => drainTally(tally),
    retention: () => retentionOf(DAY),
    clock: Date.now,
    onDropped: (requests) => void dropped.push(requests),
  });
  return { tally, writer, dropped };
}

async function requestsIn(store: HistoryStore): Promise<number> {
  const to = Date.now() / 1000 + DAY;
  const reader = historyReader(
    store,
    () => retentionOf(DAY),
    () => Date.now() / 1000,
  );
  const rows = await reader.read({
    table: "requests",
    from: to - 3 * DAY,
    to,
    step: "day",
    by: [],
  });
  return rows.reduce((sum, { requests }) => sum + requests, 0);
}

describe("the writer of the history", () => {
  it("stores a request within two seconds of its end", async () => {
    const store = memoryHistory();
    const { tally, writer } = writing(store);
    tally.take(sampleEvent());
    await vi.waitFor(async () => expect(await requestsIn(store)).toBe(1), { timeout: 2000 });
    tally.take(sampleEvent());
    await writer.close();
    expect(await requestsIn(store)).toBe(2);
  });

  it("waits for a store that is away, and stores each request once", async () => {
    const store = memoryHistory();
    let isAway = true;
    const { tally, writer, dropped } = writing({
      ...store,
      add: (batch) => (isAway ? Promise.reject(new Error("locked")) : store.add(batch)),
    });
    for (let i = 0; i < 3; i++) {
      tally.take(sampleEvent());
      await sleep(1100);
    }
    expect(await requestsIn(store)).toBe(0);
    isAway = false;
    await writer.close();
    expect(await requestsIn(store)).toBe(3);
    expect(dropped).toEqual([]);
  });

  it("drops the oldest counts, and counts them, while a store stays away", async () => {
    const { tally, writer, dropped } = writing({
      ...memoryHistory(),
      add: () => Promise.reject(new Error("full")),
    });
    const sent = 30_000;
    for (let i = 0; i < sent; i++) {
      tally.take(sampleEvent({ path: `/${i}` }));
      if (i % 3000 === 0) writer.endMinute();
    }
    expect(dropped.length).toBeGreaterThan(0);
    await writer.close();
    expect(dropped.reduce((sum, each) => sum + each, 0)).toBe(sent);
  });

  it("never throws if the store hangs for ever", async () => {
    const { tally, writer } = writing({ ...memoryHistory(), add: () => new Promise(() => {}) });
    tally.take(sampleEvent());
    await sleep(1100);
    tally.take(sampleEvent());
    writer.endMinute();
    expect(await Promise.race([writer.close().then(() => "closed"), sleep(6000, "waits")])).toBe(
      "closed",
    );
  });
});
