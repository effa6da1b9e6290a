import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import parsePrometheus from "parse-prometheus-text-format";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FEATURES } from "../../src/features.ts";
import { loadRules } from "../../src/rules/load.ts";
import { nodeTelemetry } from "../../src/runtime/node/telemetry.ts";
import { lastingSqliteHistory } from "../../src/store/adapters/sqlite/history.ts";
import type { RequestEvent } from "../../src/telemetry/event.ts";
import { jsonLog } from "../../src/telemetry/log.ts";
import { operatorLog } from "../../src/telemetry/sinks/log.ts";
import { runCommand } from "../support/cli.ts";
import { linesOf, type LogLine } from "../support/log-lines.ts";
import { startOrigin, type TestOrigin } from "../support/origin.ts";
import { RUNTIMES, type Proxy } from "../support/runtimes.ts";

const RULES = {
  defaults: { markdown: true, compression: true, cache: { after: 1 } },
  rules: [
    {
      name: "no training",
      match: { path: "/closed/*", agent: { name: "GPTBot" } },
      access: { action: "block" },
    },
    {
      name: "watched",
      match: { path: "/watched/*", agent: { name: "ClaudeBot" } },
      access: { action: "block", mode: "observe" },
    },
  ],
};

const TOKEN = "a-token-of-the-test-1234";

/** The dashboard's table of agents. */
async function tableOf(url: string) {
  const response = await fetch(`${url}/.wayleave/tables/requests.json?by=agent&range=24h`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  return (await response.json()) as readonly Readonly<Record<string, string & number>>[];
}

const PEOPLE = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";
const AGENTS = [PEOPLE, "GPTBot/1.2", "ClaudeBot/1.0", "Googlebot/2.1", "UnknownBot/9"];
const TARGETS = [
  { path: "/page/" },
  { path: "/page/", fields: { accept: "text/markdown" } },
  { path: "/page/", fields: { "accept-encoding": "gzip" } },
  { path: "/page/", method: "HEAD" },
  { path: "/closed/a" },
  { path: "/watched/a" },
  { path: "/none" },
  { path: "/error" },
  { path: "/gone" },
  { path: "/upload", method: "POST", content: "a=1&b=".padEnd(3000, "x") },
  { path: "/.wayleave/health" },
];

/** What a client has seen of one response. */
interface Seen {
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

/** Sends the requests of a known mix over a few connections. */
async function sendMix(url: string, count: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 6 });
  const sockets = new Set<Socket>();
  const seen: Seen[] = [];
  const sendOne = async (i: number): Promise<void> => {
    const { path, method, content, fields } = TARGETS[i % TARGETS.length] ?? { path: "/" };
    const userAgent = AGENTS[Math.floor(i / TARGETS.length) % AGENTS.length] ?? "";
    const outgoing = request(`${url}${path}?n=${i}`, {
      agent,
      method: method ?? "GET",
      headers: {
        "user-agent": userAgent,
        ...fields,
        ...(content === undefined ? {} : { "content-length": content.length }),
      },
    });
    outgoing.on("socket", (socket) => sockets.add(socket));
    outgoing.end(content);
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    seen.push({ path, status: response.statusCode ?? 0, bytes });
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await sendOne(next++);
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  const sum = (name: "bytesRead" | "bytesWritten") =>
    [...sockets].reduce((all, socket) => all + socket[name], 0);
  const figures = { seen, read: sum("bytesRead"), written: sum("bytesWritten") };
  agent.destroy();
  return figures;
}

/** Counts of values, by their text. */
function countsOf(values: readonly unknown[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const value of values) {
    const name = String(value);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function sumsOf(rows: readonly (readonly [name: string, count: number])[]) {
  const sums: Record<string, number> = {};
  for (const [name, count] of rows) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

let origin: TestOrigin;

beforeAll(async () => {
  origin = await startOrigin();
  const page = `<!doctype html><title>A</title><main><h1>A</h1>${"<p>Some text of a page.</p>".repeat(60)}</main>`;
  const html = { "content-type": "text/html; charset=utf-8", "cache-control": "max-age=60" };
  for (const path of ["/page/", "/closed/a", "/watched/a"]) {
    origin.routes.set(path, (_, response) => response.writeHead(200, html).end(page));
  }
  origin.routes.set("/error", (_, response) => response.writeHead(500).end("broken"));
  origin.routes.set("/gone", (_, response) => response.writeHead(410).end("gone"));
  origin.routes.set("/upload", (incoming, response) => {
    incoming.resume().on("end", () => response.writeHead(201).end("stored"));
  });
});

afterAll(() => origin?.close());

describe("the figures of a mix of requests on Node", { timeout: 300_000 }, () => {
  const COUNT = 5005;
  let folder: string;
  let events: Pick<RequestEvent, "status" | "agent" | "bytesSent" | "bytesReceived" | "saved">[];
  let lines: LogLine[];
  let figures: Awaited<ReturnType<typeof sendMix>>;
  let metrics: string;
  let summaries: LogLine[];
  let dashboard: readonly Readonly<Record<string, string & number>>[];

  /** What `wayleave stats` prints as JSON. */
  const stats = async (...argv: readonly string[]) => {
    const { code, out, err } = await runCommand(folder, ["stats", "--json", ...argv]);
    expect([code, err]).toEqual([0, ""]);
    return JSON.parse(out) as readonly Readonly<Record<string, string & number>>[];
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wayleave-figures-"));
    events = [];
    const log: string[] = [];
    const said: string[] = [];
    const line = (text: string): void => void log.push(`${text}\n`);
    const own = operatorLog({ message: line, request: line }, "access");
    const { rules } = loadRules(JSON.stringify(RULES), "rules", "[]", () => undefined, FEATURES);
    const telemetry = nodeTelemetry({
      log: jsonLog((text) => void said.push(`${text}\n`)),
      settings: rules.telemetry,
      openHistory: () =>
        lastingSqliteHistory(join(folder, "h.sqlite"), {
          now: () => Date.now() / 1000,
          tell: (event) => void log.push(JSON.stringify(event)),
        }),
      warnings: new Map(),
      rules: () => ({ version: "v", since: 0 }),
      lists: () => [],
    });
    const seen = {
      take({ status, agent, bytesSent, bytesReceived, saved }: RequestEvent) {
        events.push({ status, agent, bytesSent, bytesReceived, saved });
      },
    };
    const proxy: Proxy = await RUNTIMES.node({
      origin: origin.url,
      rules: RULES,
      platform: { ...own, sinks: [...own.sinks, telemetry.sink, seen] },
    });
    figures = await sendMix(proxy.url, COUNT);
    await vi.waitUntil(() => events.length === COUNT, { timeout: 10_000 });
    metrics = await telemetry.platform.metrics();
    await proxy.close();
    const platform = { ...telemetry.platform, adminToken: TOKEN };
    const viewer = await RUNTIMES.node({ origin: origin.url, rules: RULES, platform });
    dashboard = await vi.waitUntil(
      async () => {
        const rows = await tableOf(viewer.url);
        const count = rows.reduce((sum, { requests = 0 }) => sum + requests, 0);
        return count >= COUNT && rows;
      },
      { timeout: 60_000 },
    );
    await viewer.close();
    await telemetry.close();
    summaries = linesOf({ log: said }, "daily-summary");
    lines = linesOf({ log }, "access");
    writeFileSync(join(folder, "access.log"), log.join(""));
  }, 200_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("agree in the statuses", async () => {
    const expected = countsOf(figures.seen.map(({ status }) => status));
    expect(Object.keys(expected).length).toBeGreaterThan(5);
    expect(countsOf(events.map(({ status }) => status))).toEqual(expected);
    expect(countsOf(lines.map(({ status }) => status))).toEqual(expected);
    for (const from of [
      ["--store", "sqlite:h.sqlite"],
      ["--log", "access.log"],
    ]) {
      const rows = await stats(...from, "--by", "status");
      expect(sumsOf(rows.map(({ status = "", requests = 0 }) => [status, requests]))).toEqual(
        expected,
      );
    }
    const families = parsePrometheus(metrics) as readonly {
      readonly name: string;
      readonly metrics: readonly { value: string; labels: Record<string, string> }[];
    }[];
    const family = families.find(({ name }) => name === "wayleave_requests_total");
    const byClass = family?.metrics.map(
      ({ value, labels }) => [labels["code_class"] ?? "", Number(value)] as const,
    );
    const classes = Object.entries(expected).map(
      ([status, count]) => [`${status.slice(0, 1)}xx`, count] as const,
    );
    expect(sumsOf(byClass ?? [])).toEqual(sumsOf(classes));
  });

  it("agree in the agents", async () => {
    const expected = countsOf(events.map(({ agent }) => agent.name ?? "anonymous"));
    expect(expected).toMatchObject({ GPTBot: 1001, ClaudeBot: 1001, Googlebot: 1001 });
    const named = (line: LogLine) => (line["agent"] as { name?: string }).name ?? "anonymous";
    expect(countsOf(lines.map(named))).toEqual(expected);
    for (const from of [
      ["--store", "sqlite:h.sqlite"],
      ["--log", "access.log"],
    ]) {
      const rows = await stats(...from, "--by", "agent");
      expect(sumsOf(rows.map(({ agent = "", requests = 0 }) => [agent, requests]))).toEqual(
        expected,
      );
    }
    const shown = dashboard.map(({ agent = "", requests = 0 }) => [agent, requests] as const);
    expect(sumsOf(shown)).toEqual(expected);
    for (const [agent, count] of Object.entries(expected)) {
      const found = [...metrics.matchAll(/^wayleave_requests_total\{agent="([^"]*)".*\} (\d+)$/gm)];
      const sum = found.reduce(
        (all, [, name, value]) => all + (name === agent ? Number(value) : 0),
        0,
      );
      expect([agent, sum]).toEqual([agent, count]);
    }
  });

  it("agree in the bytes, which are those of the client's connections", async () => {
    const sum = (values: readonly unknown[]) =>
      values.reduce<number>((all, each) => all + Number(each), 0);
    expect(sum(events.map(({ bytesSent }) => bytesSent))).toBe(figures.read);
    expect(sum(events.map(({ bytesReceived }) => bytesReceived))).toBe(figures.written);
    expect(sum(lines.map((line) => line["bytes"]))).toBe(figures.read);
    const sent = [...metrics.matchAll(/^wayleave_sent_bytes_total\{.*\} (\d+)$/gm)];
    expect(sum(sent.map(([, value]) => value))).toBe(figures.read);
    for (const from of [
      ["--store", "sqlite:h.sqlite"],
      ["--log", "access.log"],
    ]) {
      const rows = await stats(...from, "--by", "agent");
      expect(sum(rows.map(({ bytesSent }) => bytesSent))).toBe(figures.read);
      expect(sum(rows.map(({ bytesReceived }) => bytesReceived))).toBe(figures.written);
    }
  });

  it("agree in the summary of the day", () => {
    const saved = (by: "markdown" | "coding") =>
      events.reduce((all, each) => all + (each.saved[by] ?? 0), 0);
    expect(summaries).toHaveLength(1);
    expect(summaries[0]).toMatchObject({
      requests: COUNT,
      classes: countsOf(events.map(({ agent }) => agent.category ?? "none")),
      saved: { markdown: saved("markdown"), coding: saved("coding") },
      dictionaries: { offered: 0, sent: 0 },
    });
  });

  it("agree in the paths, in what observe would have done, and in what was saved", async () => {
    const paths = await stats("--store", "sqlite:h.sqlite", "--by", "path");
    const found = sumsOf(paths.map(({ path = "", requests = 0 }) => [path, requests]));
    expect(found).toEqual(countsOf(figures.seen.map(({ path }) => path)));
    const rules = await stats("--store", "sqlite:h.sqlite", "--by", "rule");
    const of = (name: string) =>
      rules
        .filter(({ rule }) => rule === name)
        .map(({ mode, action, requests }) => [mode, action, requests]);
    expect(of("no training")).toEqual([["enforce", "block", 91]]);
    expect(of("watched")).toEqual([["observe", "block", 91]]);
    const sections = (await stats("--store", "sqlite:h.sqlite")) as unknown as {
      readonly saved: readonly { readonly by: string; readonly bytes: number }[];
      readonly missing: readonly { readonly requests: number }[];
    };
    for (const { by, bytes } of sections.saved) {
      const expected = events.reduce((all, { saved }) => all + (saved[by as "markdown"] ?? 0), 0);
      expect([by, bytes]).toEqual([by, expected]);
    }
    expect(sections.saved.find(({ by }) => by === "markdown")?.bytes).toBeGreaterThan(0);
    expect(sections.missing.reduce((all, { requests }) => all + requests, 0)).toBe(91 * 3 * 2);
  });
});

describe("the figures of a mix of requests on Workers", { timeout: 300_000 }, () => {
  const COUNT = 1100;
  let proxy: Proxy;
  let figures: Awaited<ReturnType<typeof sendMix>>;
  let lines: LogLine[];
  let points: readonly { readonly blobs: readonly string[]; readonly doubles: readonly number[] }[];

  beforeAll(async () => {
    proxy = await RUNTIMES.workerd({
      origin: origin.url,
      rules: RULES,
      entry: fileURLToPath(new URL("analytics-worker.ts", import.meta.url)),
      logLevel: "access",
    });
    // Those that ask whether it is ready.
    const before = linesOf(proxy, "access").length;
    figures = await sendMix(proxy.url, COUNT);
    const all = () => linesOf(proxy, "access");
    await vi.waitUntil(() => all().length >= before + COUNT, { timeout: 20_000 });
    const isOurs = (path: unknown) => path !== "/.wayleave/ready";
    lines = all().filter(({ path }) => isOurs(path));
    points = linesOf(proxy, "point")
      .map((line) => line as unknown as (typeof points)[number])
      .filter(({ blobs }) => isOurs(blobs[13]));
  }, 200_000);

  afterAll(() => proxy?.close());

  it("agree in the log and in the points of Analytics Engine", () => {
    const expected = countsOf(figures.seen.map(({ path, status }) => `${path} ${status}`));
    expect(countsOf(lines.map(({ path, status }) => `${String(path)} ${String(status)}`))).toEqual(
      expected,
    );
    expect(countsOf(points.map(({ blobs }) => `${blobs[13]} ${blobs[6]}`))).toEqual(expected);
    const named = (line: LogLine) => (line["agent"] as { name?: string }).name ?? "anonymous";
    expect(countsOf(points.map(({ blobs }) => blobs[0]))).toEqual(countsOf(lines.map(named)));
  });

  it("agree in the bytes of content, as far as the runtime reports them", () => {
    const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0);
    const sent = sum(points.map(({ doubles }) => doubles[2] ?? 0));
    expect(sent).toBe(sum(lines.map((line) => Number(line["bytes"] ?? 0))));
    const own = (path: string) => path === "/.wayleave/health";
    const ofHealth = points.filter(({ blobs }) => own(blobs[13] ?? ""));
    const received = figures.seen.filter(({ path }) => own(path)).map(({ bytes }) => bytes);
    expect(sum(ofHealth.map(({ doubles }) => doubles[2] ?? 0))).toBe(sum(received));
    expect(sum(received)).toBeGreaterThan(0);
  });
});
