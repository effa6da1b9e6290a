import type { DiagLogger } from "@opentelemetry/api";
import type { EventSink } from "../../telemetry/event.ts";
import { describeError } from "../../telemetry/describe-error.ts";
import type { Log } from "../../telemetry/log.ts";
import { openTelemetrySink, type OpenTelemetryApi } from "../../telemetry/sinks/open-telemetry.ts";
import { VERSION } from "../../pipeline/own-requests.ts";
import { within } from "../../timing/timeout.ts";

/** The property of `globalThis` under which an SDK registers with `@opentelemetry/api` 1.x. */
const REGISTERED = Symbol.for("opentelemetry.js.api.1");

/** Milliseconds for the last export: a collector may never answer. */
const FLUSH_TIMEOUT = 3000;

/** OpenTelemetry, as far as the operator has registered an SDK. */
export interface OpenTelemetry {
  readonly sinks: readonly EventSink[];
  /** Spans that the SDK has dropped, as it reports them; undefined without an SDK. */
  readonly dropped: (() => number) | undefined;
  /** Has the SDK export the last requests; takes a bounded time. */
  close(): Promise<void>;
}

/**
 * The sink for OpenTelemetry, if the operator has registered an SDK before the start, e.g. by
 * `node --import`. The SDK decides on exporters, and on how many spans may wait for them.
 */
export async function openTelemetryOf(log: Log): Promise<OpenTelemetry> {
  const registered = (globalThis as { readonly [REGISTERED]?: { readonly diag?: unknown } })[
    REGISTERED
  ];
  if (registered === undefined) return NONE;
  try {
    const api = await import("@opentelemetry/api");
    const reports = new SdkReports(log);
    // The operator's module may have a logger of its own.
    if (registered.diag === undefined) {
      api.diag.setLogger(reports, { logLevel: api.DiagLogLevel.WARN });
    }
    return {
      sinks: [openTelemetrySink(api, VERSION)],
      dropped: () => reports.dropped,
      close: () =>
        within(FLUSH_TIMEOUT, flush(api), () => log.warn("open-telemetry-not-flushed", {})),
    };
  } catch (error) {
    log.warn("open-telemetry-unavailable", { error: describeError(error) });
    return NONE;
  }
}

const NONE: OpenTelemetry = { sinks: [], dropped: undefined, close: () => Promise.resolve() };

/** An SDK's provider may be able to export at once. */
interface Flushable {
  forceFlush?(): Promise<void>;
  getDelegate?(): Flushable;
}

async function flush({ trace, metrics }: OpenTelemetryApi): Promise<void> {
  const tracers = trace.getTracerProvider() as Flushable;
  const meters = metrics.getMeterProvider() as Flushable;
  await Promise.all([
    (tracers.getDelegate?.() ?? tracers).forceFlush?.().catch(ignore),
    meters.forceFlush?.().catch(ignore),
  ]);
}

/** An export that fails has been reported by the SDK. */
const ignore = (): void => {};

/** Characters of the SDK's error in the log, at most. */
const LONGEST = 500;

/** The reports of the SDK about itself: it counts dropped spans, and logs its errors once until one differs. */
class SdkReports implements DiagLogger {
  dropped = 0;
  readonly #log: Log;
  #latest: string | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  warn(message: string): void {
    this.dropped += Number(DROPPED.exec(message)?.[1] ?? 0);
  }

  error(message: string): void {
    const error = textOf(message);
    if (error === this.#latest) return;
    this.#latest = error;
    this.#log.warn("open-telemetry-failed", { error });
  }

  info(): void {}
  debug(): void {}
  verbose(): void {}
}

const DROPPED = /^Dropped (\d{1,15}) spans/;

/** An error of the SDK is an object as JSON, with a stack of which no operator needs the lines. */
function textOf(message: string): string {
  try {
    const parsed = JSON.parse(message) as { readonly message?: unknown };
    if (typeof parsed.message === "string") return parsed.message.slice(0, LONGEST);
  } catch {
    // Not JSON.
  }
  return message.slice(0, LONGEST);
}
