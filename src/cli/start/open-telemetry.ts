import type { EventSink } from "../../telemetry/event.ts";
import { describeError } from "../../telemetry/describe-error.ts";
import type { Log } from "../../telemetry/log.ts";
import { openTelemetrySink } from "../../telemetry/sinks/open-telemetry.ts";
import { VERSION } from "../../pipeline/own-requests.ts";

/** The property of `globalThis` under which an SDK registers with `@opentelemetry/api` 1.x. */
const REGISTERED = Symbol.for("opentelemetry.js.api.1");

/**
 * The sink for OpenTelemetry, if the operator has registered an SDK before the start, e.g. by
 * `node --import`. The SDK decides on exporters.
 */
export async function openTelemetryOf(log: Log): Promise<EventSink[]> {
  if (!(REGISTERED in globalThis)) return [];
  try {
    return [openTelemetrySink(await import("@opentelemetry/api"), VERSION)];
  } catch (error) {
    log.warn("open-telemetry-unavailable", { error: describeError(error) });
    return [];
  }
}
