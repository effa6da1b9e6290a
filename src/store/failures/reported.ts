const REPORTED = new WeakSet<object>();

/**
 * Marks an error whose cause the log already has a line about. While a store is down, every
 * operation fails; only the first failure and the recovery are logged.
 */
export function markReported<Failure extends object>(error: Failure): Failure {
  REPORTED.add(error);
  return error;
}

/** Whether the log already has a line about the cause of this error. */
export function isReported(error: unknown): boolean {
  return typeof error === "object" && error !== null && REPORTED.has(error);
}

/** The message of an error, for a log. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
