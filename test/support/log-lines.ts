import type { Proxy } from "./runtimes.ts";

/** A line of the log, as a program reads it. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

/** All lines of JSON that a proxy has logged so far, in order. */
export function logLines({ log }: Pick<Proxy, "log">): LogLine[] {
  return log
    .join("")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine);
}

/** The lines of some events alone. */
export function linesOf(proxy: Pick<Proxy, "log">, ...events: readonly string[]): LogLine[] {
  return logLines(proxy).filter(({ event }) => events.includes(event));
}

/** Events that tell why a request was not answered as the client hoped. */
export const CAUSES = ["origin-failed", "request-refused", "request-failed", "internal-error"];
