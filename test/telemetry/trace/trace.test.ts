import { formatTraceField } from "../../../src/telemetry/trace/field.ts";
import { parseList, type Token } from "structured-headers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../../src/app.ts";
import type { Agent } from "../../../src/agent/agent.ts";
import { FactExchange } from "../../../src/simulate/run.ts";
import { LONGEST_FIELD } from "../../../src/telemetry/trace/field.ts";
import type { Trace } from "../../../src/telemetry/trace/trace.ts";
import { FieldList } from "../../../src/http/fields.ts";
import { MadeBody } from "../../../src/pipeline/body.ts";
import { loadRules } from "../../../src/rules/load.ts";
import { streamEngine } from "../../../src/features/markdown/stream/index.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { createRecorder } from "../../../src/telemetry/record.ts";
import { FEATURES } from "../../../src/features.ts";

const BOT = { name: "TrainBot", tokens: ["TrainBot"], operator: "O", category: "AI Crawler" };
const NOW = 1_800_000_000;

interface Options {
  readonly rules: object;
  readonly target?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly answer?: Readonly<Record<string, string>>;
  readonly logsRequests?: boolean;
  readonly debug?: boolean;
  readonly agent?: Agent;
  readonly store?: ReturnType<typeof memoryStore>;
}

/** One request through the whole proxy; the log is what an operator would have. */
async function request(options: Options) {
  const { target = "/page/", fields = {}, answer: origin = {}, agent, store } = options;
  const loaded = loadRules(
    JSON.stringify({ agents: { bots: [BOT] }, ...options.rules }),
    "rules",
    "[]",
    () => undefined,
    FEATURES,
  );
  const log: { event: string; facts: Record<string, unknown> }[] = [];
  const write = (event: string, facts: object) => void log.push({ event, facts: { ...facts } });
  const { pipeline } = createApp(
    { ...loaded, dev: false, logsRequests: options.logsRequests, debug: options.debug },
    {
      store: store ?? memoryStore(),
      engine: streamEngine,
      codecs: [],
      decodable: new Set(),
      fetchDirectory: () => Promise.reject(new Error("offline")),
      ...(agent === undefined ? {} : { identify: () => agent }),
      now: () => NOW,
      log: { info: write, warn: write },
    },
  );
  const facts = { method: "GET", scheme: "https", host: "www.example.com", target };
  const exchange = new FactExchange(
    { ...facts, fields: Object.entries(fields) },
    { origin: "https://www.example.com", host: "www.example.com" },
  );
  const record = createRecorder(undefined, { info: write, warn: write })?.begin(() => ({
    ...facts,
    version: "1.1",
    address: undefined,
  }));
  Object.assign(exchange, { record });
  const answer = await pipeline(exchange, async () => ({
    status: 200,
    fields: FieldList.from(
      Object.entries({ "content-type": "text/html", etag: '"1"', ...origin }).flat(),
    ),
    body: new MadeBody(new TextEncoder().encode("<main><h1>Page</h1><p>Text.</p></main>")),
  }));
  await new Response((answer.body as MadeBody | null)?.take() ?? null).text();
  await Promise.all(exchange.work);
  record?.close({
    end: "sent",
    status: answer.status,
    bytesReceived: 0,
    bytesSent: 0,
    bytesAre: "content",
    until: "end",
  });
  const traces = log.filter(({ event }) => event === "request").map(({ facts: of }) => of);
  return { answer, log, traces: traces as unknown as Trace[] };
}

const WATCHED = {
  defaults: { markdown: true },
  rules: [{ name: "watched", match: { path: "/page/*" }, markdown: true, debug: "public" }],
};

describe("a rule with debug", () => {
  it("describes the requests that it decides, in the log and in short on the response", async () => {
    const { answer, traces } = await request({ rules: WATCHED });
    expect(traces).toHaveLength(1);
    expect(traces[0]).toMatchObject({
      request: { method: "GET", url: "https://www.example.com/page/" },
      agent: { kind: "anonymous" },
      answer: { status: 200, vary: ["Accept"] },
    });
    const field = answer.fields.get("wayleave-trace") ?? "";
    const members = parseList(field).map(([item, params]) => [
      (item as Token).toString(),
      Object.fromEntries([...params].map(([key, value]) => [key, (value as Token).toString()])),
    ]);
    expect(members[0]).toEqual(["anonymous", {}]);
    expect(members).toContainEqual([
      "markdown",
      {
        mode: "enforce",
        rule: "watched",
        declined: "html-preferred",
        amend: "html-preferred",
      },
    ]);
  });

  it("gives the time of each stage, beside the origin's own timings", async () => {
    const answer = { "server-timing": "db;dur=5" };
    const got = await request({ rules: WATCHED, answer });
    expect(got.answer.fields.get("server-timing")).toMatch(/^db;dur=5, markdown;dur=[\d.]+$/);
    expect(got.traces[0]?.features.flatMap(({ decisions }) => decisions)).toMatchObject([
      { phase: "request", ms: expect.any(Number) as number },
      { phase: "response", ms: expect.any(Number) as number },
    ]);
  });

  it("keeps that response out of shared caches", async () => {
    const answer = { "cache-control": "public, max-age=60, s-maxage=600" };
    const got = await request({ rules: WATCHED, answer });
    expect(got.answer.fields.get("cache-control")).toBe("private, max-age=60");
  });

  it("leaves the responses to other clients unchanged", async () => {
    const answer = { "cache-control": "public, max-age=60" };
    const got = await request({ rules: WATCHED, target: "/other/", answer });
    expect(got.answer.fields.get("wayleave-trace")).toBeUndefined();
    expect(got.answer.fields.get("cache-control")).toBe("public, max-age=60");
    expect(got.traces).toEqual([]);
  });

  it("stores no trace", async () => {
    const store = memoryStore();
    const fields = { accept: "text/markdown" };
    const answer = { "cache-control": "public, max-age=600" };
    const first = await request({ rules: WATCHED, fields, answer, store });
    expect(first.answer.fields.get("wayleave-trace")).toContain("transform=converted");
    const plain = { defaults: { markdown: true, cache: { after: 100 } } };
    const second = await request({ rules: plain, fields, answer, store });
    expect(second.answer.fields.get("cache-status")).toContain("hit");
    expect(second.answer.fields.get("wayleave-trace")).toBeUndefined();
    expect(second.answer.fields.get("cache-control")).toBe("public, max-age=600");
  });

  it("includes the feature that it switches off", async () => {
    const rules = { rules: [{ name: "off", markdown: false, debug: "public" }] };
    const { answer } = await request({ rules });
    expect(answer.fields.get("wayleave-trace")).toContain('markdown;mode=off;rule="off"');
  });
});

describe("start --debug and --log requests", () => {
  it("describes every response on it", async () => {
    const { answer, traces } = await request({ rules: {}, debug: true });
    expect(answer.fields.get("wayleave-trace")).toMatch(
      /^anonymous, origin;status=200;ms=\d+, resourceMetadata;mode=off;.*, access;mode=off/,
    );
    expect(traces).toHaveLength(1);
  });

  it("describes every request in the log only", async () => {
    const { answer, traces } = await request({ rules: {}, logsRequests: true });
    expect(answer.fields.get("wayleave-trace")).toBeUndefined();
    expect(traces).toHaveLength(1);
    expect(JSON.parse(JSON.stringify(traces[0]))).toEqual(traces[0]);
  });

  it("writes nothing unless a rule or a field requests it", async () => {
    expect((await request({ rules: { defaults: { markdown: true } } })).log).toEqual([]);
  });
});

describe("the field", () => {
  it("is bounded and ASCII, whatever rules are named", async () => {
    const name = `${"Ж\u{1F98A}\u0007\uD83E".repeat(20)}"\\`;
    const on = { markdown: true, documents: true, compression: true, canonicalRedirect: true };
    const rules = { rules: [{ name, ...on, access: true, debug: "public" }] };
    const { answer } = await request({ rules });
    const field = answer.fields.get("wayleave-trace") ?? "";
    expect(field).toMatch(/^[\x20-\x7e]+$/);
    expect(field.length).toBeLessThanOrEqual(LONGEST_FIELD);
    expect(() => parseList(field)).not.toThrow();
  });
});

describe("secrets", () => {
  const CANARY = "canary-7f3a";
  const agent: Agent = {
    kind: "verified",
    bot: {
      ...BOT,
      behaviours: ["Training"],
      ipRanges: [],
      reverseDns: [],
      signatureAgents: [],
      robotsOnly: false,
      category: "AI Crawler",
    },
    evidence: "signature",
  };

  it("are neither in the log nor on the response", async () => {
    const { answer, log } = await request({
      rules: {
        defaults: { markdown: true, canonicalRedirect: "observe", compression: true },
        rules: [
          { name: "a", match: { path: "/elsewhere/*" }, access: true },
          { name: "b", match: { path: "/page/*" }, documents: true, debug: "public" },
        ],
      },
      target: `/page/;jsessionid=${CANARY}?token=${CANARY}&sig=${CANARY}&${CANARY}`,
      fields: {
        accept: "text/markdown",
        authorization: `Bearer ${CANARY}`,
        cookie: `session=${CANARY}`,
        signature: `sig1=:${CANARY}:`,
        "signature-input": `sig1=("@authority");nonce="${CANARY}"`,
        "x-api-key": CANARY,
        "proxy-authorization": `Basic ${CANARY}`,
        referer: `https://www.example.com/reset?code=${CANARY}`,
      },
      answer: {
        "set-cookie": `session=${CANARY}`,
        "x-secret": CANARY,
        link: `</new/?token=${CANARY}>; rel="canonical"`,
      },
      agent,
    });
    const text = JSON.stringify(log);
    expect(text).toContain("canonical-redirect");
    expect(text).not.toContain(CANARY);
    expect(answer.fields.get("wayleave-trace")).not.toContain(CANARY);
    const trace = log.find(({ event }) => event === "request")?.facts as unknown as Trace;
    expect(trace.request.url).toBe("https://www.example.com/page/;jsessionid=…?token=…&sig=…&…");
    expect(trace.request.fields).toMatchObject({
      authorization: "…",
      cookie: "…",
      signature: "…",
      referer: "https://www.example.com/reset?code=…",
    });
    expect(trace.answer.others).toEqual(expect.arrayContaining(["set-cookie", "x-secret"]));
  });
});

it("sends the page if a trace can't be made", async () => {
  const rules = { rules: [{ name: "r", markdown: true, debug: "public" }] };
  const broken = {
    kind: "verified",
    bot: undefined,
    evidence: "signature",
    get signatureAgent(): never {
      throw new Error("no");
    },
  };
  const { answer, log } = await request({ rules, agent: broken as unknown as Agent });
  expect(answer.status).toBe(200);
  expect(log.map(({ event }) => event)).toContain("trace-failed");
});

it("the field says why a plain coding is no delta", () => {
  const decision = {
    kind: "transform",
    reason: "coded",
    detail: { coding: "br", dictionary: "not-fresh" },
  };
  const feature = {
    feature: "compression",
    mode: "enforce",
    rule: "defaults",
    decisions: [decision],
  };
  const trace = { agent: { verdict: "anonymous", evidence: [] }, features: [feature] };
  expect(formatTraceField(trace as unknown as Trace)).toBe(
    'anonymous, compression;mode=enforce;rule="defaults";transform=coded;dictionary=not-fresh',
  );
});
