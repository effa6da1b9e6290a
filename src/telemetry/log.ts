/** Where the operator hears of things: one JSON line each, never with secrets. */
export interface Log {
  /** Something was skipped or went wrong. */
  warn(event: string, facts: Readonly<Record<string, unknown>>): void;
  info(event: string, facts: Readonly<Record<string, unknown>>): void;
}

/** A log that writes JSON lines, e.g. through console.error. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  const line = (level: string, event: string, facts: Readonly<Record<string, unknown>>) =>
    write(JSON.stringify({ time: new Date(now() * 1000).toISOString(), level, event, ...facts }));
  return {
    warn: (event, facts) => line("warn", event, facts),
    info: (event, facts) => line("info", event, facts),
  };
}
