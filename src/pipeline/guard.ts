import type { Exchange } from "./exchange.ts";
import type { StageTurn } from "./stage-turn.ts";
import type { FeatureStage, RequestOutcome, ResponseHead, ResponseOutcome } from "./stage.ts";
import { isPromise, type Awaitable } from "../timing/and-then.ts";
import { within } from "../timing/timeout.ts";

/** Thrown if a stage takes too long to decide. */
class StageTimeout extends Error {
  override readonly name = "StageTimeout";
}

/** The result of a call into a stage, or its failure. */
export type Guarded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

/** Calls into a stage: catches its exceptions, and abandons it after `timeout` milliseconds. */
export function guard<T>(call: () => Awaitable<T>, timeout: number): Awaitable<Guarded<T>> {
  try {
    const value = call();
    return isPromise(value) ? guardPromise(value, timeout) : { ok: true, value };
  } catch (error) {
    return { ok: false, error };
  }
}

/** As `guard`, for a stage's decision on a request; without a closure, since most stages see each one. */
export function guardRequest(
  { stage, effective }: StageTurn,
  exchange: Exchange,
  timeout: number,
): Awaitable<Guarded<RequestOutcome | undefined>> {
  try {
    const value = stage.onRequest?.(exchange, effective.policy, effective.rule);
    return isPromise(value) ? guardPromise(value, timeout) : { ok: true, value };
  } catch (error) {
    return { ok: false, error };
  }
}

/** The same for a decision on a response. */
export function guardResponse(
  { stage, effective }: StageTurn,
  phase: "onResponse" | "onAnswer",
  head: ResponseHead,
  exchange: Exchange,
  timeout: number,
): Awaitable<Guarded<ResponseOutcome | undefined>> {
  const { policy, mode, rule } = effective;
  try {
    const value = stage[phase]?.(head, exchange, policy, mode, rule);
    return isPromise(value) ? guardPromise(value, timeout) : { ok: true, value };
  } catch (error) {
    return { ok: false, error };
  }
}

/** The outcome in place of a stage that failed or took too long; undefined if `whenFailed` fails, too. */
export function outcomeOfFailure(
  stage: FeatureStage,
  exchange: Exchange,
  policy: unknown,
): RequestOutcome | undefined {
  try {
    return stage.whenFailed?.(exchange, policy);
  } catch {
    return undefined;
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
