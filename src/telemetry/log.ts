import { cut } from "./cut.ts";
import { hideSecrets } from "./hidden.ts";

/** Where the operator hears of things: one JSON line each, never with secrets. */
export interface Log {
  /** Something was skipped or went wrong. */
  warn(event: string, facts: Readonly<Record<string, unknown>>): void;
  info(event: string, facts: Readonly<Record<string, unknown>>): void;
}

export type Level = "warn" | "info";

/**
 * A log that writes JSON lines. Values of queries, credentials in addresses, and what is too long are
 * taken out of every text, whoever logs it. Never throws.
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
      // What can't be written down is not worth a request.
    }
  };
  return {
    warn: (event, facts) => line("warn", event, facts),
    info: (event, facts) => line("info", event, facts),
  };
}

/** A log that nobody reads. */
export const silentLog: Log = { warn() {}, info() {} };

/** Characters of one text. */
const LONGEST = 4000;

function shown(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return typeof value === "string" ? hideSecrets(cut(value, LONGEST)) : value;
}
