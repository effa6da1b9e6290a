import type { NativePlainOptions } from "./native.ts";

const KB = 1024;

/** Some seconds of one thread; above it the last four percent are not worth it. */
const MOST_AT_11 = 4 * 1024 * KB;

/** What Node can afford: its codecs work off the main thread. */
export const NODE_EFFORT: NativePlainOptions = {
  bestBrotli: (length) => (length <= MOST_AT_11 ? 11 : 9),
};

/** Brotli's best by the bytes of content up to which it is taken. */
const QUALITIES = [
  [512 * KB, 11],
  [1024 * KB, 10],
  [2048 * KB, 7],
] as const;

/**
 * What Workers can afford: the codecs work on the isolate's one thread, so that the quality goes down
 * if the content is large.
 */
export const WORKERS_EFFORT: NativePlainOptions = {
  // At most about a second each: 1.5 s and 1 s a megabyte. 8 and 9 index up to 34 MB, too much
  // beside large content (docs/benchmarks.md).
  bestBrotli: (length) => QUALITIES.find(([most]) => length <= most)?.[1] ?? 5,
  mostWindow: 20,
  // Other requests of the isolate get their turn.
  breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
};
