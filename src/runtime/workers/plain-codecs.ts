import { nativePlain } from "../../codecs/plain-native.ts";
import type { PlainCodec } from "../../codecs/plain.ts";

const KB = 1024;

/** Brotli's best by the bytes of content up to which it is taken. */
const QUALITIES = [
  [512 * KB, 11],
  [1024 * KB, 10],
  [2048 * KB, 7],
] as const;

/**
 * The plain codecs of Workers: those of `node:zlib`, which workerd has in native code. They work on
 * the isolate's one thread, so that the quality goes down where the content is large.
 */
export function workersPlainCodecs(): PlainCodec[] {
  return nativePlain({
    // At most about a second each: 1.5 s and 1 s a megabyte. 8 and 9 index up to 34 MB, too much
    // beside large content (docs/benchmarks.md).
    bestBrotli: (length) => QUALITIES.find(([most]) => length <= most)?.[1] ?? 5,
    mostWindow: 20,
    // Other requests of the isolate get their turn.
    breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  });
}
