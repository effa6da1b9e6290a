import { cut } from "./cut.ts";
import { hideSecrets } from "./hidden.ts";

/** The operator's log: one JSON line for each message, without secrets. */
export interface Log {
  /** Logs a failure or a skipped part. */
  warn(event: string, facts: Readonly<Record<string, unknown>>): void;
  info(event: string, facts: Readonly<Record<string, unknown>>): void;
}

type Level = "warn" | "info";

/**
 * Creates a log of JSON lines, which hides values of queries and credentials in URLs, and cuts long
 * texts. Never throws.
 *
 * @param clock milliseconds since the epoch. @default Date.now
 */
export function jsonLog(
  write: (line: string, level: Level) => void,
  clock: () => number = Date.now,
): Log {
  const line = (level: Level, event: string, facts: Readonly<Record<string, unknown>>): void => {
    try {
      const time = new Date(clock()).toISOString();
      write(JSON.stringify({ time, level, event, ...facts }, shown), level);
    } catch {
      // A message that can't be serialized is dropped.
    }
  };
  return {
    warn: (event, facts) => line("warn", event, facts),
    info: (event, facts) => line("info", event, facts),
  };
}

/** A log that discards all messages. */
export const silentLog: Log = { warn() {}, info() {} };

/** Characters of one text, at most. */
const LONGEST = 4000;

function shown(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return typeof value === "string" ? hideSecrets(cut(value, LONGEST)) : value;
}
