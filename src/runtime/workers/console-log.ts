import {
  LOG_FORMATS,
  LOG_LEVELS,
  operatorLog,
  type OperatorLog,
} from "../../telemetry/sinks/log.ts";
import type { Env } from "./env.ts";

/**
 * Creates the log of a Worker, which writes lines to the console, by the variables LOG and
 * LOG_FORMAT. If one has an unknown value, it logs that once and uses the default.
 */
export function consoleLog({ LOG, LOG_FORMAT }: Env): OperatorLog {
  const level = LOG_LEVELS.find((each) => each === LOG);
  const format = LOG_FORMATS.find((each) => each === LOG_FORMAT);
  const made = operatorLog(
    {
      message: (line, of) => (of === "warn" ? console.warn(line) : console.info(line)),
      request: (line) => console.log(line),
    },
    level,
    format,
  );
  const unknown = [
    ...(LOG === undefined || level !== undefined ? [] : ["LOG"]),
    ...(LOG_FORMAT === undefined || format !== undefined ? [] : ["LOG_FORMAT"]),
  ];
  if (unknown.length > 0) {
    const known = { LOG: LOG_LEVELS, LOG_FORMAT: LOG_FORMATS };
    made.log.warn("log-options-unknown", { variables: unknown, ...known });
  }
  return made;
}
