import type { EventSink } from "./event.ts";
import type { Log } from "./log.ts";
import { RequestRecord, type RequestSource } from "./record.ts";
import { messageSinks } from "./sinks/messages.ts";

/** Begins records for some sinks. */
export interface Recorder {
  /** Whether a sink reads every event, not only those that something is wrong with. */
  readonly readsAll: boolean;
  begin(source: RequestSource): RequestRecord;
}

/**
 * What takes requests down for some sinks; undefined if there is none, so that nothing is built.
 *
 * @param sinks @default those that write to the log what an operator must hear of
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
