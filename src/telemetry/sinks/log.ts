import type { EventSink } from "../event.ts";
import { jsonLog, silentLog, type Log } from "../log.ts";
import { formatAccess } from "./access-log.ts";
import { formatCombined } from "./combined-log.ts";
import { messageSink } from "./messages.ts";

/** The log levels; each includes the previous ones. */
export const LOG_LEVELS = ["off", "errors", "access", "requests"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The form of the line for each request; all other lines are JSON. */
export const LOG_FORMATS = ["json", "combined"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Writes lines; both methods must return at once and never throw. */
export interface LogOutput {
  message(line: string, level: "warn" | "info"): void;
  request(line: string): void;
}

/** The operator's log for messages, and the sinks that log requests. */
export interface OperatorLog {
  readonly log: Log;
  readonly sinks: readonly EventSink[];
}

export function operatorLog(
  output: LogOutput,
  level: LogLevel = "errors",
  format: LogFormat = "json",
): OperatorLog {
  if (level === "off") return { log: silentLog, sinks: [] };
  const log = jsonLog((line, of) => output.message(line, of));
  const messages = messageSink(log);
  if (level === "errors") return { log, sinks: [messages] };
  const lineOf = format === "combined" ? formatCombined : formatAccess;
  return { log, sinks: [{ take: (event) => output.request(lineOf(event)) }, messages] };
}
