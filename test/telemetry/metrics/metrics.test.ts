import parsePrometheus from "parse-prometheus-text-format";
import { describe, expect, it } from "vitest";
import { requestFamilies } from "../../../src/telemetry/metrics/families.ts";
import { processFamilies } from "../../../src/telemetry/metrics/process.ts";
import { prometheusText } from "../../../src/telemetry/metrics/render.ts";
import { drainTally } from "../../../src/telemetry/tally/drain.ts";
import { Tally } from "../../../src/telemetry/tally/tally.ts";
import { CLAIMED, NOBODY, sampleEvent } from "../../support/sample-event.ts";

interface Parsed {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly {
    readonly value?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly buckets?: Readonly<Record<string, string>>;
    readonly sum?: string;
    readonly count?: string;
  }[];
}

const FACTS = {
  cpu: () => 1.5,
  resident: () => 2048,
  rules: () => ({ version: 'a"\\\n', since: 7, refused: undefined }),
  memory: { limit: 100, describe: () => ({ responses: 42 }) },
  lists: () => [{ url: "https://example.com/list", age: 30 }],
  warnings: new Map([
    ["store-failing", 3],
    ["dev-mode", 1],
  ]),
  dropped: () => Object.fromEntries(new Map([["history", 5]])),
};

/** The metrics after some events, as another program reads them. */
async function metricsOf(tally: Tally): Promise<ReadonlyMap<string, Parsed>> {
  const text = await prometheusText([...requestFamilies(tally), ...processFamilies(FACTS)])();
  expect(text.endsWith("\n")).toBe(true);
  const parsed = parsePrometheus(text) as readonly Parsed[];
  return new Map(parsed.map((family) => [family.name, family]));
}

function tallyOf(...events: readonly ReturnType<typeof sampleEvent>[]): Tally {
  const tally = new Tally({ clock: () => 0 });
  for (const event of events) tally.take(event);
  return tally;
}

describe("the metrics for Prometheus", () => {
  it("count requests by labels of which there are few values", async () => {
    const access = { action: "block", rule: "r", reason: "named" };
    const metrics = await metricsOf(
      tallyOf(
        sampleEvent(),
        sampleEvent({ path: "/other", durations: { total: 3000 } }),
        sampleEvent({ status: 403, access }),
        sampleEvent({ agent: NOBODY, status: undefined, end: "client-gone" }),
      ),
    );
    expect(metrics.get("wayleave_requests_total")).toMatchObject({
      type: "COUNTER",
      metrics: [
        { value: "2", labels: labels("GPTBot", "AI Crawler", "claim", "none", "2xx") },
        { value: "1", labels: labels("GPTBot", "AI Crawler", "claim", "block", "4xx") },
        { value: "1", labels: labels("anonymous", "none", "none", "none", "none") },
      ],
    });
    expect(metrics.get("wayleave_sent_bytes_total")?.metrics).toEqual([
      { value: "3000", labels: { agent: "GPTBot", class: "AI Crawler" } },
      { value: "1000", labels: { agent: "anonymous", class: "none" } },
    ]);
  });

  it("have durations in seconds, in the buckets of OpenTelemetry", async () => {
    const fast = sampleEvent({ durations: { total: 100 } });
    const tally = tallyOf(sampleEvent(), fast, slow, slow);
    const metrics = await metricsOf(tally);
    const [claimed] = metrics.get("wayleave_request_duration_seconds")?.metrics ?? [];
    const bounds = Object.keys(claimed?.buckets ?? {}).map((le) =>
      le === "+Inf" ? Infinity : Number(le),
    );
    expect(bounds.toSorted((a, b) => a - b)).toEqual([
      0.005,
      0.01,
      0.025,
      0.05,
      0.075,
      0.1,
      0.25,
      0.5,
      0.75,
      1,
      2.5,
      5,
      7.5,
      10,
      Infinity,
    ]);
    expect(claimed?.buckets).toMatchObject({
      "0.025": "0",
      "0.05": "1",
      "0.1": "2",
      "10": "2",
      "+Inf": "4",
    });
    expect(metrics.get("wayleave_origin_duration_seconds")?.metrics[0]?.count).toBe("1");
    // The parser leaves these out if a histogram has labels.
    const text = await prometheusText(requestFamilies(tally))();
    expect(text).toContain('wayleave_request_duration_seconds_count{kind="claimed"} 4\n');
    expect(text).toMatch(/wayleave_request_duration_seconds_sum\{kind="claimed"\} 60\.14\d*\n/);
  });

  it("count savings, charges, violations, dictionaries and failures", async () => {
    const charged = { micros: 2_500_000, currency: "EUR" };
    const metrics = await metricsOf(
      tallyOf(
        sampleEvent({ saved: { markdown: 7, coding: 6, delta: 5, cache: 4 }, violation: "robots" }),
        sampleEvent({ access: { action: "charge", rule: "r", reason: "charged", charged } }),
        sampleEvent({
          dictionary: { offered: true, used: true, advertised: false, reason: "delta" },
        }),
        sampleEvent({ cause: { kind: "origin", code: "refused", phase: "connect" } }),
      ),
    );
    const valuesOf = (name: string) =>
      metrics
        .get(name)
        ?.metrics.map(({ value, labels: by }) => Object.values(by ?? {}).concat(value ?? ""));
    expect(valuesOf("wayleave_saved_bytes_total")).toEqual([
      ["markdown", "7"],
      ["coding", "6"],
      ["delta", "5"],
      ["cache", "4"],
    ]);
    expect(valuesOf("wayleave_charged_total")).toEqual([["EUR", "2.5"]]);
    expect(valuesOf("wayleave_robots_violations_total")).toEqual([["GPTBot", "1"]]);
    expect(valuesOf("wayleave_dictionary_requests_total")).toContainEqual(["used", "1"]);
    expect(valuesOf("wayleave_origin_errors_total")).toEqual([["refused", "1"]]);
    expect(valuesOf("wayleave_store_failures_total")).toEqual([["store", "failing", "3"]]);
    expect(valuesOf("wayleave_telemetry_dropped_total")).toEqual([["history", "5"]]);
    expect(valuesOf("wayleave_address_list_age_seconds")).toEqual([
      ["https://example.com/list", "30"],
    ]);
  });

  it("name the origin server, if the rules do", async () => {
    const refused = { cause: { kind: "origin", code: "refused", phase: "connect" } } as const;
    const tally = tallyOf(
      sampleEvent(),
      sampleEvent({ originName: "shop" }),
      sampleEvent({ originName: "shop", durations: { total: 9, origin: 7 } }),
      sampleEvent({ ...refused, durations: { total: 9 } }),
      sampleEvent({ ...refused, originName: "shop", durations: { total: 9 } }),
    );
    const text = await prometheusText(requestFamilies(tally))();
    expect(text).toContain("wayleave_origin_duration_seconds_count 1\n");
    expect(text).toContain('wayleave_origin_duration_seconds_count{origin="shop"} 2\n');
    expect(text).toContain('wayleave_origin_errors_total{code="refused"} 1\n');
    expect(text).toContain('wayleave_origin_errors_total{origin="shop",code="refused"} 1\n');
    // The history sums them up.
    const durations = drainTally(tally)?.tables.find(({ name }) => name === "durations");
    const ofOrigins = durations?.rows.filter(([[kind]]) => kind === "origin") ?? [];
    expect(ofOrigins.reduce((sum, [, [count = 0]]) => sum + count, 0)).toBe(3);
  });

  it("have names of base units, and no label that a client chooses", async () => {
    const tally = tallyOf(
      sampleEvent({ path: "/secret", host: "made.up", client: { userAgent: "made-up" } }),
    );
    const text = await prometheusText([...requestFamilies(tally), ...processFamilies(FACTS)])();
    expect(text).not.toMatch(/secret|made.up|192\.0\.2/);
    for (const [name, { type, help }] of await metricsOf(tally)) {
      expect(name).toMatch(/^(?:wayleave|process)_[a-z_]+$/);
      expect(name.endsWith("_total")).toBe(type === "COUNTER");
      expect(name).not.toMatch(/milli|kilo|_ms\b|percent/);
      expect(help).not.toBe("");
    }
  });

  it("escape values of labels", async () => {
    const metrics = await metricsOf(tallyOf());
    expect(metrics.get("wayleave_rules_info")?.metrics[0]?.labels?.["version"]).toBe('a"\\\n');
  });

  it("stay few, whatever names a table of bots has", async () => {
    const tally = new Tally({ clock: () => 0 });
    for (let i = 0; i < 20_000; i++)
      tally.take(sampleEvent({ agent: { ...CLAIMED, name: `B${i}` } }));
    const metrics = await metricsOf(tally);
    const series = metrics.get("wayleave_requests_total")?.metrics ?? [];
    expect(series.length).toBeLessThanOrEqual(4001);
    expect(series.reduce((sum, { value }) => sum + Number(value), 0)).toBe(20_000);
  });
});

/** 30 seconds, without the origin server. */
const slow = sampleEvent({ durations: { total: 30_000 } });

function labels(agent: string, of: string, evidence: string, action: string, code: string) {
  return { agent, class: of, evidence, action, code_class: code };
}
