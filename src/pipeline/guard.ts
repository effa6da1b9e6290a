import type { Awaitable } from "./stage.ts";
import { within } from "../timing/timeout.ts";

/** Thrown where a stage did not answer in time. */
export class StageTimeout extends Error {
  override readonly name = "StageTimeout";
}

/** The result of a stage's call, or how it failed. */
export type Guarded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

/**
 * Calls into a stage so that nothing it does reaches the page: what it throws is caught, and what
 * takes longer than `timeout` milliseconds is given up.
 */
export function guard<T>(call: () => Awaitable<T>, timeout: number): Awaitable<Guarded<T>> {
  try {
    const value = call();
    return value instanceof Promise ? guardPromise(value, timeout) : { ok: true, value };
  } catch (error) {
    return { ok: false, error };
  }
}

async function guardPromise<T>(promise: Promise<T>, timeout: number): Promise<Guarded<T>> {
  try {
    return { ok: true, value: await within(timeout, promise, tooLate) };
  } catch (error) {
    return { ok: false, error };
  }
}

function tooLate(): never {
  throw new StageTimeout();
}
