import type { EventSink } from "./event.ts";
import type { Log } from "./log.ts";
import { RequestRecord, type RequestSource } from "./record.ts";
import { messageSinks } from "./sinks/messages.ts";

/** Begins records for some sinks. */
export interface Recorder {
  /** Whether a sink receives every event, not only failures. */
  readonly readsAll: boolean;
  begin(source: RequestSource): RequestRecord;
}

/**
 * Creates a recorder for sinks; undefined if the list is empty, so that nothing is recorded.
 *
 * @param sinks @default those of `messageSinks`
 */
export function createRecorder(
  sinks: readonly EventSink[] | undefined,
  log: Log,
): Recorder | undefined {
  const all = sinks ?? messageSinks(log);
  if (all.length === 0) return undefined;
  return {
    readsAll: all.some((sink) => !("wants" in sink)),
    begin: (source) => new RequestRecord(source, all),
  };
}
