/** The bounds of a canary: how much worse the responses of its share may be than those of the rest. */
export interface CanaryBounds {
  /** Percentage points of responses with 5xx. */
  readonly errors?: number | undefined;
  /** Percentage points of responses with 4xx. */
  readonly status?: number | undefined;
  /** Milliseconds of the median time to the head of the response. */
  readonly latency?: number | undefined;
}

/** Counts of the responses to one side: to the agents for whom a rule acts, or to the others. */
export interface CanarySide {
  readonly requests: number;
  readonly errors: number;
  readonly status: number;
  /** Responses by the class of their time, see `classOf`. */
  readonly times: readonly number[];
}

/** The decision on a canary. */
export type CanaryDecision =
  | { readonly kind: "continue" }
  | {
      readonly kind: "stop";
      readonly measure: keyof CanaryBounds;
      /** Percent, or milliseconds. */
      readonly inside: number;
      readonly outside: number;
    };

/** Responses of each side that a decision needs. */
const LEAST = 50;
/** Standard errors by which two shares must differ, so that chance alone stops a rule once in 700 looks. */
const CERTAINTY = 3;

/** Decides whether the share of a rule is worse than the rest by more than a bound, beyond chance. */
export function decideCanary(
  bounds: CanaryBounds,
  inside: CanarySide,
  outside: CanarySide,
): CanaryDecision {
  if (inside.requests < LEAST || outside.requests < LEAST) return { kind: "continue" };
  for (const measure of ["errors", "status"] as const) {
    const bound = bounds[measure];
    if (bound === undefined) continue;
    const [a, b] = [inside[measure] / inside.requests, outside[measure] / outside.requests];
    const all = inside.requests + outside.requests;
    const mean = (inside[measure] + outside[measure]) / all;
    const spread = mean * (1 - mean) * (1 / inside.requests + 1 / outside.requests);
    const isCertain = a - b > CERTAINTY * Math.sqrt(spread);
    if (isCertain && 100 * (a - b) > bound) {
      return { kind: "stop", measure, inside: 100 * a, outside: 100 * b };
    }
  }
  const { latency } = bounds;
  if (latency === undefined) return { kind: "continue" };
  const [a, b] = [medianOf(inside), medianOf(outside)];
  return a - b > latency
    ? { kind: "stop", measure: "latency", inside: a, outside: b }
    : { kind: "continue" };
}

/** Each class of times is longer than the one before by a tenth. */
const GROWTH = Math.log(1.1);
/** Classes, up to 70 seconds. */
export const TIME_CLASSES = 118;

/** The class of a time. @param time milliseconds, not negative */
export function classOf(time: number): number {
  return Math.min(TIME_CLASSES - 1, Math.floor(Math.log(time + 1) / GROWTH));
}

/** The median time of a side, in milliseconds; exact to a tenth. */
export function medianOf({ requests, times }: CanarySide): number {
  let left = requests / 2;
  for (const [at, count] of times.entries()) {
    left -= count;
    if (left <= 0) return Math.exp((at + 0.5) * GROWTH) - 1;
  }
  return 0;
}
