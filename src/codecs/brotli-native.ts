import { promisify } from "node:util";
import { brotliCompress, brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { DeltaCodec } from "./delta.ts";

const compress = promisify(brotliCompress);

/** Most of the gain for little time; quality 4 and below ignore the dictionary. */
const QUALITY = 5;

/**
 * dcb by Node's own Brotli; undefined on a Node whose Brotli ignores the dictionary.
 *
 * @param quality 5 to 11 (smallest). @default 5
 */
export function nativeDcb(quality = QUALITY): DeltaCodec | undefined {
  if (!honoursDictionary()) return undefined;
  return {
    coding: "dcb",
    encode: (content, dictionary) =>
      compress(content, options(content.length, dictionary, quality)),
  };
}

function options(length: number, dictionary: Uint8Array, quality = QUALITY) {
  return {
    dictionary,
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_SIZE_HINT]: length,
      // RFC 9842 §4: the window is at most 16 MB.
      [constants.BROTLI_PARAM_LGWIN]: Math.min(24, Math.max(10, Math.ceil(Math.log2(length + 1)))),
    },
  };
}

/** Older versions ignore the option silently: a round trip tells. */
function honoursDictionary(): boolean {
  try {
    const dictionary = Buffer.from(Array.from({ length: 256 }, (_, i) => (i * 167) & 255));
    const stream = brotliCompressSync(dictionary, options(dictionary.length, dictionary));
    const decoding = { dictionary } as object;
    return stream.length < 64 && brotliDecompressSync(stream, decoding).equals(dictionary);
  } catch {
    return false;
  }
}
