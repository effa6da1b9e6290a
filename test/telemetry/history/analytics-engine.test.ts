import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { analyticsFigures } from "../../../src/runtime/workers/analytics-figures.ts";
import { memoryHistory } from "../../../src/store/memory-history.ts";
import type { RequestEvent } from "../../../src/telemetry/event.ts";
import { analyticsEngineReader } from "../../../src/telemetry/history/analytics-engine.ts";
import { logDayBefore } from "../../../src/telemetry/history/day-summary.ts";
import { historyReader, retentionOf } from "../../../src/telemetry/history/history.ts";
import { BLOBS, DOUBLES, pointOf } from "../../../src/telemetry/sinks/analytics-engine.ts";
import { drainTally } from "../../../src/telemetry/tally/drain.ts";
import { Tally } from "../../../src/telemetry/tally/tally.ts";
import { NOBODY, sampleEvent } from "../../support/sample-event.ts";

const NOW = Date.UTC(2026, 10, 28, 12, 30);
const ACCOUNT = "0123456789abcdef0123456789abcdef";
const TOKEN = "the-secret-of-the-account";

const spoofed = { ...sampleEvent().agent, verdict: "spoofed" as const };
const EVENTS: readonly RequestEvent[] = [
  sampleEvent({ saved: { markdown: 700 } }),
  sampleEvent({ path: "/blog/two", saved: { coding: 5, cache: 9 }, violation: "robots" }),
  sampleEvent({ agent: NOBODY, path: "/", referrer: { class: "assistant", name: "ChatGPT" } }),
  sampleEvent({ agent: NOBODY, path: "/", referrer: { class: "own" } }),
  sampleEvent({ agent: spoofed, status: 404, originStatus: 404 }),
  sampleEvent({
    status: 403,
    originStatus: undefined,
    durations: { total: 3 },
    access: { action: "block", rule: "no training", reason: "named" },
  }),
  ...(["USD", "EUR"] as const).map((currency) =>
    sampleEvent({
      access: { action: "charge", rule: "paid", reason: "x", charged: { micros: 20, currency } },
    }),
  ),
];

/** The SQL API with points in SQLite, in which the functions of ClickHouse have other names. */
function stub(points: readonly ReturnType<typeof pointOf>[]) {
  const db = new DatabaseSync(":memory:");
  const names = [
    ...BLOBS.map((_, i) => `blob${i + 1}`),
    ...DOUBLES.map((_, i) => `double${i + 1}`),
  ];
  db.exec(`CREATE TABLE wayleave (timestamp, _sample_interval, ${names.join(", ")})`);
  const marks = names.map(() => "?").join(", ");
  const insert = db.prepare(`INSERT INTO wayleave VALUES (${NOW / 1000}, 1, ${marks})`);
  for (const { blobs, doubles } of points) insert.run(...blobs, ...doubles);
  const asked: { readonly url: string; readonly init: RequestInit; readonly sql: string }[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const statement = typeof init.body === "string" ? init.body : "";
    asked.push({ url, init, sql: statement });
    const sql = statement
      .replace(/ FORMAT JSON$/, "")
      .replaceAll(/toUnixTimestamp\(toStartOfInterval\(timestamp, INTERVAL '1' DAY\)\)/g, DAY)
      .replaceAll(/toDateTime\((\d+)\)/g, "$1")
      .replaceAll("if(", "iif(");
    return Response.json({ data: db.prepare(sql).all() });
  };
  return { fetch, asked };
}

const DAY = "(timestamp - timestamp % 86400)";

async function readers() {
  const tally = new Tally({ clock: () => NOW });
  for (const event of EVENTS) tally.take(event);
  const store = memoryHistory();
  const batch = drainTally(tally);
  if (batch !== undefined) await store.add(batch);
  const history = historyReader(
    store,
    () => retentionOf(86_400),
    () => NOW / 1000,
  );
  const { fetch, asked } = stub(EVENTS.map(pointOf));
  const figures = analyticsFigures({ ACCOUNT_ID: ACCOUNT, ANALYTICS_TOKEN: TOKEN }, fetch)?.();
  return { history, figures, asked };
}

const RANGE = { from: NOW / 1000 - 600, to: NOW / 1000 + 600 };

describe("figures of Analytics Engine", () => {
  it("agree with the history of the same requests", async () => {
    const { history, figures } = await readers();
    const sorted = (rows: readonly object[]): string[] =>
      rows.map((row) => JSON.stringify({ ...row, at: 0 })).toSorted();
    const same = async (query: Parameters<typeof history.read>[0]): Promise<void> => {
      const expected = sorted(await history.read(query));
      expect(expected.length).toBeGreaterThan(0);
      expect(sorted((await figures?.reader.read(query)) ?? [])).toEqual(expected);
    };
    const measures = ["requests", "bytesSent", "savedByMarkdown", "savedByCoding"] as const;
    for (const by of [[], ["agent", "verdict"], ["status", "access"], ["category", "cache"]]) {
      await same({ table: "requests", by, measures, ...RANGE } as never);
    }
    for (const [table, ...by] of [
      ["paths", "path"],
      ["patterns", "pattern"],
      ["referrals", "referrer", "pattern"],
      ["violations", "agent", "path"],
      ["missing", "path", "status", "agent"],
      ["impostors", "agent", "verdict"],
      ["origin", "status"],
      ["hosts", "host"],
      ["charges", "rule", "currency"],
    ]) {
      await same({ table, by, measures: ["requests"], ...RANGE } as never);
    }
    const where = { agent: ["GPTBot"], verdict: "claimed" };
    await same({ table: "requests", by: ["status"], where, measures, ...RANGE } as never);
    const daily = { table: "requests", by: ["agent"], step: "day", measures, ...RANGE } as const;
    const days = (await figures?.reader.read(daily))?.map(({ at }) => at);
    expect(days).toEqual((await history.read(daily)).map(({ at }) => at));
  });

  it("are the summary of the day before in the first hour of a day, once, with no line without requests", async () => {
    const { history, figures } = await readers();
    const lines: object[] = [];
    const log = {
      warn: () => {},
      info: (event: string, facts?: object) => lines.push({ event, ...facts }),
    };
    const next = Date.UTC(2026, 10, 29) / 1000;
    for (const at of [next - 60, next + 3600, next + 86_400 + 17 * 60]) {
      await logDayBefore(figures!.reader, log, at);
    }
    expect(lines).toEqual([]);
    await logDayBefore(figures!.reader, log, next + 17 * 60);
    await logDayBefore(history, log, next + 17 * 60);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual(lines[1]);
    expect(lines[0]).toEqual({
      event: "daily-summary",
      since: "2026-11-28T00:00:00.000Z",
      requests: 8,
      classes: { "AI Crawler": 6, none: 2 },
      saved: { markdown: 700, coding: 5, cache: 9 },
      dictionaries: { offered: 0, sent: 0 },
    });
  });

  it("are asked of Cloudflare alone, with the token in a field, and no value ends its quotes", async () => {
    const { figures, asked } = await readers();
    const where = { agent: "x') OR 1=1 --" };
    expect(await figures?.reader.read({ table: "requests", by: [], where, ...RANGE })).toEqual([]);
    expect(asked).toEqual([]);
    await figures?.reader.read({ table: "requests", by: [], ...RANGE });
    const [{ url, init, sql } = { url: "", init: {} as RequestInit, sql: "" }] = asked;
    expect(url).toBe(
      `https://api.cloudflare.com/client/v4/accounts/${ACCOUNT}/analytics_engine/sql`,
    );
    expect(init.headers).toMatchObject({ authorization: `Bearer ${TOKEN}` });
    expect(init.redirect).toBe("manual");
    expect(sql).not.toContain(TOKEN);
  });

  it("need an account, a token and a name that fit", () => {
    const fetch = () => Promise.reject(new Error("not asked"));
    const own = { ACCOUNT_ID: ACCOUNT, ANALYTICS_TOKEN: TOKEN };
    expect(analyticsFigures({ ...own, ACCOUNT_ID: "../../x" }, fetch)).toBeUndefined();
    expect(analyticsFigures({ ...own, ANALYTICS_TOKEN: "" }, fetch)).toBeUndefined();
    expect(analyticsFigures({ ...own, ANALYTICS_DATASET: "a; b" }, fetch)).toBeUndefined();
    const has = analyticsFigures(own, fetch)?.().has;
    expect([has?.("requests"), has?.("redirects"), has?.("durations")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    ["a refusal", () => new Response("no", { status: 403 })],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "/" } })],
    ["no rows", () => Response.json({ errors: [] })],
    ["no JSON", () => new Response("<html>")],
    ["too long an answer", () => new Response(" ".repeat(9 * 1024 * 1024))],
  ])("fail without the token in the error: %s", async (_, answer) => {
    const fetch = async () => answer();
    const own = { account: ACCOUNT, token: TOKEN, dataset: "wayleave", fetch };
    const reading = analyticsEngineReader(own).read({ table: "requests", by: [], ...RANGE });
    const error = await reading.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain(TOKEN);
  });
});
