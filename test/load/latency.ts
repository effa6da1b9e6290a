/** Milliseconds from the first byte of a request to the last one of its response. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/** Sorts times of requests. */
export function latencyOf(times: readonly number[]): Latency {
  const sorted = Float64Array.from(times).toSorted();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), worst: at(1) };
}
