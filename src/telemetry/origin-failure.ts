import { OriginError } from "../pipeline/exchange.ts";
import type { Log } from "./log.ts";

/** Tells the operator why the origin has not answered; an error of our own with its stack. */
export function logOriginFailure(log: Log, error: unknown): void {
  if (error instanceof OriginError) {
    const { code, phase, cause } = error;
    log.warn("origin-failed", {
      code,
      phase,
      cause: cause instanceof Error ? cause.message : null,
    });
    return;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  log.warn("internal-error", { error: String(error), stack: stack ?? null });
}
