import type * as Api from "@opentelemetry/api";
import type { Attributes, Counter, Histogram, Meter, Span, Tracer } from "@opentelemetry/api";
import type { EventSink, RequestEvent } from "../event.ts";
import { DURATION_BOUNDS } from "../tally/numbers.ts";

/** The package `@opentelemetry/api`, of which an operator's SDK is the implementation. */
export type OpenTelemetryApi = typeof Api;

/** Name of the instrumentation scope. */
const SCOPE = "wayleave";

/**
 * Creates the sink that gives each request to OpenTelemetry as a span and as measurements, by the
 * semantic conventions of HTTP servers, with attributes of our own under `wayleave`.
 */
export function openTelemetrySink(api: OpenTelemetryApi, version: string): EventSink {
  const tracer = api.trace.getTracer(SCOPE, version);
  const instruments = createInstruments(api.metrics.getMeter(SCOPE, version));
  return {
    take(event) {
      const attributes = attributesOf(event);
      record(instruments, event, attributes);
      trace(api, tracer, event, attributes);
    },
  };
}

interface Instruments {
  readonly duration: Histogram;
  readonly requestSize: Histogram;
  readonly responseSize: Histogram;
  readonly originDuration: Histogram;
  readonly received: Counter;
  readonly sent: Counter;
  readonly saved: Counter;
}

function createInstruments(meter: Meter): Instruments {
  const advice = { explicitBucketBoundaries: [...DURATION_BOUNDS] };
  return {
    duration: meter.createHistogram("http.server.request.duration", {
      description: "Duration of HTTP server requests.",
      unit: "s",
      advice,
    }),
    requestSize: meter.createHistogram("http.server.request.body.size", { unit: "By" }),
    responseSize: meter.createHistogram("http.server.response.body.size", { unit: "By" }),
    originDuration: meter.createHistogram("wayleave.origin.duration", {
      description: "Time to the heads of the origin server's responses.",
      unit: "s",
      advice,
    }),
    received: meter.createCounter("wayleave.received", { unit: "By" }),
    sent: meter.createCounter("wayleave.sent", { unit: "By" }),
    saved: meter.createCounter("wayleave.saved", {
      description: "Bytes that did not have to be sent.",
      unit: "By",
    }),
  };
}

function record(instruments: Instruments, event: RequestEvent, attributes: Attributes): void {
  const { durations, bytesReceived, bytesSent, bytesAre, saved, originName } = event;
  instruments.duration.record(durations.total / 1000, attributes);
  if (durations.origin !== undefined) {
    const origin = originName === undefined ? {} : { "wayleave.origin.name": originName };
    instruments.originDuration.record(durations.origin / 1000, origin);
  }
  const agent = { "wayleave.agent.name": attributes["wayleave.agent.name"] ?? "" };
  // Bytes of the connection include fields, so they are not the size of the content.
  if (bytesAre === "content") {
    instruments.requestSize.record(bytesReceived, attributes);
    if (bytesSent !== undefined) instruments.responseSize.record(bytesSent, attributes);
  }
  instruments.received.add(bytesReceived, agent);
  if (bytesSent !== undefined) instruments.sent.add(bytesSent, agent);
  for (const [by, bytes] of Object.entries(saved)) {
    if (typeof bytes === "number" && bytes > 0) {
      instruments.saved.add(bytes, { "wayleave.saved.by": by });
    }
  }
}

/** Adds the span of a request that has ended; its parent is the caller's span, if there is one. */
function trace(
  api: OpenTelemetryApi,
  tracer: Tracer,
  event: RequestEvent,
  attributes: Attributes,
): void {
  const { parent, time, durations, method, pattern } = event;
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags } = api;
  const context =
    parent === undefined
      ? ROOT_CONTEXT
      : api.trace.setSpanContext(ROOT_CONTEXT, {
          traceId: parent.traceId,
          spanId: parent.parentId,
          traceFlags: parent.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
          isRemote: true,
        });
  const name = pattern.startsWith("/") ? `${methodOf(method)} ${pattern}` : methodOf(method);
  const span: Span = tracer.startSpan(
    name,
    { kind: SpanKind.SERVER, startTime: time, attributes: { ...attributes, ...detailsOf(event) } },
    context,
  );
  if (span.isRecording() && (event.status === undefined || event.status >= 500)) {
    const message = event.cause?.code;
    span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
  }
  span.end(time + durations.total);
}

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
  "QUERY",
]);

function methodOf(method: string): string {
  return METHODS.has(method) ? method : "_OTHER";
}

/** The attributes of measurements, of which each has a bounded number of values. */
function attributesOf(event: RequestEvent): Attributes {
  const { agent, status, cause, access, cache, pattern, version, end } = event;
  const isError = status === undefined || status >= 500;
  return {
    "http.request.method": methodOf(event.method),
    "http.route": pattern,
    ...(status === undefined ? {} : { "http.response.status_code": status }),
    ...(isError
      ? { "error.type": cause?.code ?? (status === undefined ? end : String(status)) }
      : {}),
    ...(version === "" ? {} : { "network.protocol.version": version }),
    "wayleave.agent.name": agent.name ?? "",
    "wayleave.agent.verdict": agent.verdict,
    "wayleave.agent.evidence": agent.evidence ?? "",
    "wayleave.access.action": access?.action ?? "",
    "wayleave.cache.status": cache,
  };
}

/** The attributes of a span besides. */
function detailsOf(event: RequestEvent): Attributes {
  const { agent, host, path, id, originName, originStatus, durations, access, violation, coding } =
    event;
  const { address, userAgent } = event.client;
  return {
    "server.address": host,
    "url.path": path,
    ...(address === undefined ? {} : { "client.address": address }),
    ...(userAgent === undefined ? {} : { "user_agent.original": userAgent }),
    ...(agent.name === undefined ? {} : { "user_agent.name": agent.name }),
    ...(agent.kind === "anonymous" ? {} : { "user_agent.synthetic.type": "bot" }),
    "wayleave.request.id": id,
    "wayleave.agent.operator": agent.operator ?? "",
    "wayleave.access.rule": access?.rule ?? "",
    "wayleave.coding": coding,
    ...(violation === undefined ? {} : { "wayleave.violation": violation }),
    ...(originName === undefined ? {} : { "wayleave.origin.name": originName }),
    ...(originStatus === undefined ? {} : { "wayleave.origin.status_code": originStatus }),
    ...(durations.origin === undefined
      ? {}
      : { "wayleave.origin.duration_ms": Math.round(durations.origin) }),
    "wayleave.bytes.received": event.bytesReceived,
    ...(event.bytesSent === undefined ? {} : { "wayleave.bytes.sent": event.bytesSent }),
  };
}
