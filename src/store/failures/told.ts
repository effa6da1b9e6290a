const TOLD = new WeakSet<object>();

/**
 * Marks an error as one of a state that the log has a line about already. A store that stays away
 * fails each operation: only the first failure, and the return, are worth a line.
 */
export function markTold<Failure extends object>(error: Failure): Failure {
  TOLD.add(error);
  return error;
}

/** Whether an error is of a state that the log has a line about. */
export function isTold(error: unknown): boolean {
  return typeof error === "object" && error !== null && TOLD.has(error);
}
