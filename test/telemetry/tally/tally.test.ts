import { describe, expect, it, vi } from "vitest";
import type { RequestEvent } from "../../../src/telemetry/event.ts";
import { memoryHistory } from "../../../src/store/memory-history.ts";
import { historyReader, retentionOf } from "../../../src/telemetry/history/history.ts";
import type { DimensionOf, TableName } from "../../../src/telemetry/history/tables.ts";
import { drainTally } from "../../../src/telemetry/tally/drain.ts";
import { Tally } from "../../../src/telemetry/tally/tally.ts";
import { CLAIMED, NOBODY, sampleEvent } from "../../support/sample-event.ts";

const NOW = Date.UTC(2026, 10, 28, 12, 30, 15);

/** The rows of a table after some events. */
async function rowsAfter<Table extends TableName>(
  events: readonly RequestEvent[],
  table: Table,
  by: readonly DimensionOf<Table>[],
) {
  const tally = new Tally({ clock: () => NOW });
  for (const event of events) tally.take(event);
  const store = memoryHistory();
  const batch = drainTally(tally);
  if (batch !== undefined) await store.add(batch);
  expect(drainTally(tally)).toBeUndefined();
  const reader = historyReader(
    store,
    () => retentionOf(86_400),
    () => NOW / 1000,
  );
  return reader.read({ table, from: NOW / 1000 - 60, to: NOW / 1000 + 60, by });
}

const acted = (over: Partial<RequestEvent["features"][number]>): RequestEvent["features"] => [
  {
    feature: "f",
    rule: "r",
    mode: "enforce",
    action: "none",
    acted: over.kind === "respond" && over.would === undefined,
    reason: "x",
    kind: "none",
    ...over,
  },
];

describe("the tables of the history", () => {
  it("count requests by agent and answer, with bytes, savings and durations", async () => {
    const rows = await rowsAfter(
      [
        sampleEvent({ saved: { markdown: 700, coding: 5 }, cache: "hit" }),
        sampleEvent({ saved: { markdown: 300 }, cache: "hit", durations: { total: 10 } }),
        sampleEvent({ agent: NOBODY, status: 404 }),
      ],
      "requests",
      ["agent", "operator", "category", "behaviours", "verdict", "evidence", "status", "cache"],
    );
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      key: {
        agent: "GPTBot",
        operator: "OpenAI",
        category: "AI Crawler",
        behaviours: "Training",
        verdict: "claimed",
        evidence: "claim",
        status: "200",
        cache: "hit",
      },
      requests: 2,
      bytesReceived: 200,
      bytesSent: 2000,
      savedByMarkdown: 1000,
      savedByCoding: 5,
      duration: 50,
      originRequests: 1,
      originDuration: 30,
    });
    expect(rows[1]?.key).toMatchObject({ agent: "anonymous", status: "404" });
  });

  const CASES: readonly {
    readonly table: TableName;
    readonly by: readonly string[];
    readonly event: Partial<RequestEvent>;
    readonly key: readonly string[] | undefined;
  }[] = [
    { table: "paths", by: ["path", "type"], event: {}, key: ["/blog/one", "text/html"] },
    { table: "patterns", by: ["pattern", "code"], event: {}, key: ["/blog/*", "2xx"] },
    { table: "hosts", by: ["host"], event: {}, key: ["www.example.com"] },
    {
      table: "referrals",
      by: ["referrerClass", "referrer", "pattern"],
      event: { referrer: { class: "assistant", name: "ChatGPT" } },
      key: ["assistant", "ChatGPT", "/blog/*"],
    },
    { table: "referrals", by: [], event: { referrer: { class: "own" } }, key: undefined },
    {
      table: "redirects",
      by: ["path", "target", "outcome"],
      event: { features: acted({ kind: "respond", action: "redirect", detail: { to: "/two" } }) },
      key: ["/blog/one", "/two", "redirected"],
    },
    {
      table: "redirects",
      by: ["target", "outcome"],
      event: {
        features: acted({
          kind: "respond",
          mode: "observe",
          would: "redirect",
          detail: { to: "/2" },
        }),
      },
      key: ["/2", "would-redirect"],
    },
    {
      table: "decisions",
      by: ["feature", "rule", "mode", "action", "reason", "agent"],
      event: { features: acted({ mode: "observe", would: "block", reason: "named" }) },
      key: ["f", "r", "observe", "block", "named", "GPTBot"],
    },
    { table: "decisions", by: [], event: { features: acted({}) }, key: undefined },
    {
      table: "violations",
      by: ["agent", "path"],
      event: { violation: "robots" },
      key: ["GPTBot", "/blog/one"],
    },
    {
      table: "charges",
      by: ["agent", "rule", "currency"],
      event: {
        access: {
          action: "charge",
          rule: "paid",
          reason: "charged",
          charged: { micros: 1500, currency: "USD" },
        },
      },
      key: ["GPTBot", "paid", "USD"],
    },
    {
      table: "dictionaries",
      by: ["group", "outcome", "reason"],
      event: {
        dictionary: {
          offered: true,
          used: false,
          advertised: false,
          group: "/assets/*",
          reason: "unknown-dictionary",
        },
      },
      key: ["/assets/*", "not-used", "unknown-dictionary"],
    },
    { table: "origin", by: ["status", "fault"], event: {}, key: ["200", ""] },
    {
      table: "origin",
      by: ["status", "fault"],
      event: {
        originStatus: undefined,
        status: 504,
        cause: { kind: "origin", code: "timeout-head", phase: "head" },
      },
      key: ["", "timeout-head"],
    },
    {
      table: "missing",
      by: ["path", "agent", "status"],
      event: { status: 410 },
      key: ["/blog/one", "GPTBot", "410"],
    },
    { table: "missing", by: [], event: { status: 404, agent: NOBODY }, key: undefined },
    {
      table: "impostors",
      by: ["agent", "verdict", "network"],
      event: { agent: { ...CLAIMED, verdict: "spoofed" } },
      key: ["GPTBot", "spoofed", "192.0.2.0/24"],
    },
    {
      table: "durations",
      by: ["of", "agentKind", "bucket"],
      event: { durations: { total: 99 } },
      key: ["total", "claimed", "0.1"],
    },
  ];

  it.each(CASES)("$table has the row $key", async ({ table, by, event, key }) => {
    const rows = await rowsAfter([sampleEvent(event)], table, by as never);
    const keys = rows.map((row) => Object.values(row.key));
    if (key === undefined) expect(keys).toEqual([]);
    else expect(keys).toContainEqual(key);
    expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(key === undefined ? 0 : 1);
  });
});

describe("a tally", () => {
  it("counts a minute that has ended before it counts the next", () => {
    let now = NOW;
    const minutes: (number | undefined)[] = [];
    const tally = new Tally({
      clock: () => now,
      onMinute: () => void minutes.push(drainTally(tally)?.at),
    });
    tally.take(sampleEvent());
    now += 44_999;
    tally.take(sampleEvent());
    expect(minutes).toEqual([]);
    now += 1;
    tally.take(sampleEvent());
    // The clock is set back by a day.
    now -= 86_400_000;
    tally.take(sampleEvent());
    const minute = Math.floor(NOW / 60_000) * 60;
    expect(minutes).toEqual([minute, minute + 60]);
    expect(tally.minute).toBe(minute + 60 - 86_400);
  });

  it("lets no event wait for long, nor many of them", async () => {
    let batches = 0;
    const details = (): boolean => {
      batches++;
      return true;
    };
    const tally = new Tally({ clock: () => NOW, details });
    tally.take(sampleEvent());
    expect(batches).toBe(0);
    await vi.waitFor(() => expect(batches).toBe(1), 10_000);
    for (let i = 0; i < 32; i++) tally.take(sampleEvent());
    expect(batches).toBe(2);
  });

  it("counts all other events if one can't be counted", () => {
    const tally = new Tally({ clock: () => NOW });
    const broken = {
      ...sampleEvent(),
      get durations(): never {
        throw new Error("broken");
      },
    };
    for (const event of [sampleEvent(), broken, sampleEvent()]) tally.take(event);
    const [shape] = tally.counts.shapes;
    expect(shape?.total[0]).toBe(2);
  });

  it("stays small under made-up agents, paths, hosts and statuses, and counts all of them", () => {
    const tally = new Tally({ clock: () => NOW });
    let drained = 0;
    for (let i = 0; i < 30_000; i++) {
      tally.take(
        sampleEvent({
          path: `/${i}${"x".repeat(i % 400)}`,
          pattern: "other",
          host: `${i}.example.com`,
          status: i % 900,
          type: `made/${i}`,
          features: acted({ kind: "respond", reason: `${i}`, detail: { to: `/to/${i}` } }),
          referrer: { class: "other", name: `${i}` },
          agent: { ...CLAIMED, name: `Bot${i % 7000}`, verdict: "spoofed" },
        }),
      );
      if (i % 10_000 !== 9_999) continue;
      const batch = drainTally(tally);
      const rows = batch?.tables.reduce((sum, table) => sum + table.rows.length, 0) ?? 0;
      expect(rows).toBeLessThan(40_000);
      const requests = batch?.tables.find(({ name }) => name === "requests")?.rows ?? [];
      for (const name of ["requests", "paths", "patterns", "hosts", "decisions", "redirects"]) {
        const of = batch?.tables.find((table) => table.name === name)?.rows ?? [];
        expect([name, of.reduce((sum, [, numbers]) => sum + (numbers[0] ?? 0), 0)]).toEqual([
          name,
          10_000,
        ]);
      }
      drained += requests.reduce((sum, [, numbers]) => sum + (numbers[0] ?? 0), 0);
    }
    expect(drained).toBe(30_000);
    expect([...tally.counts.shapes].length).toBeLessThanOrEqual(4001);
  });
});
