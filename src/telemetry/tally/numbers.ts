import { MEASURES, type Measure } from "../../store/history.ts";
import type { RequestEvent } from "../event.ts";

const AT = Object.fromEntries(MEASURES.map((name, i) => [name, i])) as Record<Measure, number>;

/** Writes the numbers of one request into `into`, in the order of MEASURES. */
export function writeNumbers(
  event: RequestEvent,
  access: RequestEvent["access"],
  into: Float64Array,
): void {
  const { saved, durations } = event;
  into[AT.requests] = 1;
  into[AT.bytesReceived] = event.bytesReceived;
  into[AT.bytesSent] = event.bytesSent ?? 0;
  into[AT.savedByMarkdown] = saved.markdown ?? 0;
  into[AT.savedByCoding] = saved.coding ?? 0;
  into[AT.savedByDelta] = saved.delta ?? 0;
  into[AT.savedByCache] = saved.cache ?? 0;
  into[AT.duration] = durations.total;
  into[AT.originRequests] = durations.origin === undefined ? 0 : 1;
  into[AT.originDuration] = durations.origin ?? 0;
  into[AT.chargedMicros] = access?.charged?.micros ?? 0;
}

/** Adds numbers to sums. */
export function addNumbers(sums: Float64Array | number[], numbers: Float64Array): void {
  for (let i = 0; i < numbers.length; i++) sums[i]! += numbers[i]!;
}

/** Upper bounds of a histogram of durations in seconds: those of OpenTelemetry for HTTP. */
export const DURATION_BOUNDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;

/** Counts of durations by bucket, of which the last is unbounded. */
export class Durations {
  readonly counts: Float64Array = new Float64Array(DURATION_BOUNDS.length + 1);
  /** Seconds. */
  sum = 0;
  readonly #drained = new Float64Array(DURATION_BOUNDS.length + 1);

  /** @param milliseconds of one request */
  add(milliseconds: number): void {
    const seconds = milliseconds / 1000;
    let bucket = 0;
    while (bucket < DURATION_BOUNDS.length && seconds > (DURATION_BOUNDS[bucket] ?? Infinity)) {
      bucket++;
    }
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += seconds;
  }

  /** The buckets that have changed since the last call, with the number of new durations. */
  *drain(): Generator<readonly [bucket: string, count: number]> {
    for (let i = 0; i < this.counts.length; i++) {
      const count = (this.counts[i] ?? 0) - (this.#drained[i] ?? 0);
      if (count > 0) yield [String(DURATION_BOUNDS[i] ?? "+Inf"), count];
    }
    this.#drained.set(this.counts);
  }
}
