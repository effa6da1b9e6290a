import { brotliCompressSync, type BrotliOptions } from "node:zlib";

// @types/node does not know the option yet; older versions of Node ignore it silently.
const options = (dictionary: Uint8Array, params?: Record<number, number>): BrotliOptions =>
  ({ dictionary, ...(params ? { params } : {}) }) as BrotliOptions;

function works(): boolean {
  const noise = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * i * 7919) >> 3));
  return brotliCompressSync(noise, options(noise)).length < 100;
}

/** Brotli with a dictionary in this Node's own zlib. */
export const nativeDictionary = { works: works(), options };
