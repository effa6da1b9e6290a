import * as api from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTelemetrySink } from "../../../src/telemetry/sinks/open-telemetry.ts";
import type { EventSink } from "../../../src/telemetry/event.ts";
import { sampleEvent } from "../../support/sample-event.ts";

const spans = new InMemorySpanExporter();
const metrics = new InMemoryMetricExporter(AggregationTemporality.DELTA);
const reader = new PeriodicExportingMetricReader({
  exporter: metrics,
  exportIntervalMillis: 3_600_000,
});
let sink: EventSink;

beforeAll(() => {
  api.trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
  );
  api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  sink = openTelemetrySink(api, "1.2.3");
});

afterAll(() => {
  api.trace.disable();
  api.metrics.disable();
});

beforeEach(async () => {
  await reader.forceFlush();
  spans.reset();
  metrics.reset();
});

/** The points of an instrument after the last events. */
async function pointsOf(name: string) {
  await reader.forceFlush();
  const found = metrics
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .find(({ descriptor }) => descriptor.name === name);
  return { unit: found?.descriptor.unit, points: found?.dataPoints ?? [] };
}

describe("the sink for OpenTelemetry", () => {
  it("makes a span of a request, whose parent is the caller's", () => {
    sink.take(
      sampleEvent({
        parent: {
          traceId: "0af7651916cd43dd8448eb211c80319c",
          parentId: "b7ad6b7169203331",
          isSampled: true,
        },
        violation: "robots",
        originName: "shop",
      }),
    );
    const [span] = spans.getFinishedSpans();
    expect(span).toMatchObject({
      name: "GET /blog/*",
      kind: api.SpanKind.SERVER,
      parentSpanContext: { spanId: "b7ad6b7169203331", isRemote: true },
      instrumentationScope: { name: "wayleave", version: "1.2.3" },
      status: { code: api.SpanStatusCode.UNSET },
    });
    expect(span?.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(span?.attributes).toMatchObject({
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "http.route": "/blog/*",
      "url.path": "/blog/one",
      "server.address": "www.example.com",
      "client.address": "192.0.2.7",
      "user_agent.original": "GPTBot/1.2",
      "user_agent.name": "GPTBot",
      "user_agent.synthetic.type": "bot",
      "network.protocol.version": "1.1",
      "wayleave.agent.name": "GPTBot",
      "wayleave.agent.verdict": "claimed",
      "wayleave.violation": "robots",
      "wayleave.origin.name": "shop",
      "wayleave.origin.status_code": 200,
    });
    const [seconds = 0, nanoseconds = 0] = span?.duration ?? [];
    expect(seconds * 1000 + nanoseconds / 1e6).toBeCloseTo(40, 3);
  });

  it("honours a caller that did not sample, and marks failures", () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    sink.take(sampleEvent({ parent: { traceId, parentId: "b7ad6b7169203331", isSampled: false } }));
    expect(spans.getFinishedSpans()).toEqual([]);
    sink.take(
      sampleEvent({
        method: "MADE-UP",
        status: 504,
        cause: { kind: "origin", code: "timeout-head", phase: "head" },
      }),
    );
    expect(spans.getFinishedSpans()).toMatchObject([
      {
        name: "_OTHER /blog/*",
        status: { code: api.SpanStatusCode.ERROR, message: "timeout-head" },
        attributes: { "http.request.method": "_OTHER", "error.type": "timeout-head" },
      },
    ]);
  });

  it("measures durations in seconds, in the buckets of the semantic conventions", async () => {
    sink.take(sampleEvent());
    sink.take(sampleEvent({ path: "/blog/two", durations: { total: 60, origin: 2 } }));
    const { unit, points } = await pointsOf("http.server.request.duration");
    expect(unit).toBe("s");
    expect(points).toHaveLength(1);
    expect(points[0]?.value).toMatchObject({
      count: 2,
      sum: expect.closeTo(0.1, 9) as number,
      buckets: {
        boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
        counts: [0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      },
    });
    expect(points[0]?.attributes).not.toHaveProperty("url.path");
    expect(points[0]?.attributes).not.toHaveProperty("client.address");
    const [ofOrigin] = (await pointsOf("wayleave.origin.duration")).points;
    expect([ofOrigin?.attributes, ofOrigin?.value]).toMatchObject([{}, { count: 2 }]);
    sink.take(sampleEvent({ originName: "shop" }));
    metrics.reset();
    expect((await pointsOf("wayleave.origin.duration")).points).toMatchObject([
      { attributes: { "wayleave.origin.name": "shop" } },
    ]);
  });

  it("measures content only if it knows its size, and counts bytes and savings", async () => {
    sink.take(sampleEvent({ saved: { markdown: 900 } }));
    sink.take(sampleEvent({ bytesAre: "content", bytesSent: 500, saved: { delta: 40 } }));
    const sizes = await pointsOf("http.server.response.body.size");
    expect(sizes.unit).toBe("By");
    expect(sizes.points[0]?.value).toMatchObject({ count: 1, sum: 500 });
    expect((await pointsOf("wayleave.sent")).points.map(({ value }) => value)).toEqual([1500]);
    const saved = (await pointsOf("wayleave.saved")).points;
    expect(saved.map(({ attributes, value }) => [attributes["wayleave.saved.by"], value])).toEqual([
      ["markdown", 900],
      ["delta", 40],
    ]);
  });
});
