import type { NativePlainOptions } from "./native.ts";

const KB = 1024;

/** Bytes, at most, for quality 11, which takes some seconds of a thread and saves four percent. */
const MOST_AT_11 = 4 * 1024 * KB;

/** The efforts on Node, whose codecs run outside of the main thread. */
export const NODE_EFFORT: NativePlainOptions = {
  bestBrotli: (length) => (length <= MOST_AT_11 ? 11 : 9),
};

/** Brotli's best quality up to a number of bytes of content. */
const QUALITIES = [
  [512 * KB, 11],
  [1024 * KB, 10],
  [2048 * KB, 7],
] as const;

/** The efforts on Workers, where codecs run on the only thread: large content gets less. */
export const WORKERS_EFFORT: NativePlainOptions = {
  // About a second each, at most. Qualities 8 and 9 need up to 34 MB, too much with large content
  // (docs/benchmarks.md).
  bestBrotli: (length) => QUALITIES.find(([most]) => length <= most)?.[1] ?? 5,
  mostWindow: 20,
  // Lets other requests of the isolate run.
  breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
};
