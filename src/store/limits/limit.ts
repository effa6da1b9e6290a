import { within } from "../../timing/timeout.ts";

/** Runs an operation with a time limit; rejects at once during a rest. */
export type Limit = <T>(operation: () => Promise<T>) => Promise<T>;

/** An operation, or one just before it, took too long. */
class StoreLate extends Error {
  override readonly name = "StoreLate";
}

/** Seconds of rest: after the first late operation, doubled by each further one, and at most. */
const FIRST_REST = 2;
const LONGEST_REST = 30;

/**
 * Creates a time limit for operations. After a late operation, further ones reject at once during a
 * rest; then one operation is tried while the others still reject.
 *
 * @param milliseconds that an operation may take
 * @param now seconds since the epoch
 */
export function createLimit(milliseconds: number, now: () => number): Limit {
  let rest = FIRST_REST;
  let restUntil = -Infinity;
  const late = (): never => {
    throw new StoreLate(`the store did not answer within ${milliseconds} ms`);
  };

  return async (operation) => {
    if (now() < restUntil) throw new StoreLate("the store has just been too slow");
    const isTrial = restUntil > -Infinity;
    // On Workers a trial may never end, since its request has ended; then there is another trial.
    if (isTrial) restUntil = now() + rest;
    try {
      const value = await within(milliseconds, operation(), late);
      restUntil = -Infinity;
      rest = FIRST_REST;
      return value;
    } catch (error) {
      if (error instanceof StoreLate) {
        if (isTrial) rest = Math.min(2 * rest, LONGEST_REST);
        restUntil = Math.max(restUntil, now() + rest);
      } else restUntil = -Infinity;
      throw error;
    }
  };
}
