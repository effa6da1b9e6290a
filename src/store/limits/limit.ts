import { within } from "../../timing/timeout.ts";

/** Carries out an operation, unless there is rest; rejects if it is late. */
export type Limit = <T>(operation: () => Promise<T>) => Promise<T>;

/** An operation took too long, or one before it did. */
export class StoreLate extends Error {
  override readonly name = "StoreLate";
}

/** Seconds of rest after the first late operation, and at most: each one late doubles it. */
const FIRST_REST = 2;
const LONGEST_REST = 30;

/**
 * Bounds operations in time. After one that was late the next ones reject at once for a while; then
 * one is tried, and the others wait for how it went.
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
    if (now() < restUntil) throw new StoreLate("the store was late a moment ago");
    const isTrial = restUntil > -Infinity;
    // A trial that never ends, since on Workers its request may, is followed by another one.
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
