import { promisify } from "node:util";
import {
  brotliCompress,
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  type BrotliOptions,
} from "node:zlib";
import { decodesTo } from "./decodes-to-native.ts";
import { honoursDictionary, type DeltaCodec } from "./delta.ts";

const compress = promisify(brotliCompress);

/** Quality 5 has most of the gain for little time; 4 and lower ignore the dictionary. */
const QUALITIES = { inline: 5, best: 11 } as const;

/**
 * Creates a dcb codec that uses Node's own Brotli, outside of the main thread; undefined if this
 * Node's Brotli ignores dictionaries.
 *
 * @param quality 5 to 11 (smallest), for every effort. @default 5, and 11 for the best effort
 * @param blockLog the binary logarithm of the block size, 16 to 24. @default Brotli's choice
 */
export function nativeDcb(quality?: number, blockLog = 0): DeltaCodec | undefined {
  if (!isSupported()) return undefined;
  return {
    coding: "dcb",
    async encode(content, dictionary, effort = "inline") {
      const { length } = content;
      const using = options(length, dictionary, quality ?? QUALITIES[effort], blockLog);
      const stream = await compress(content, using);
      // @types/node does not know the option for decoding.
      const decoder = createBrotliDecompress({ dictionary } as BrotliOptions);
      // A wrong delta would fail in the client.
      return (await decodesTo(decoder, stream, content)) ? stream : undefined;
    },
  };
}

function options(
  length: number,
  dictionary: Uint8Array,
  quality: number = QUALITIES.inline,
  blockLog = 0,
) {
  return {
    dictionary,
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_SIZE_HINT]: length,
      [constants.BROTLI_PARAM_LGBLOCK]: blockLog,
      // RFC 9842 §4: the window is at most 16 MB.
      [constants.BROTLI_PARAM_LGWIN]: Math.min(24, Math.max(10, Math.ceil(Math.log2(length + 1)))),
    },
  };
}

function isSupported(): boolean {
  return honoursDictionary(
    (same) => brotliCompressSync(same, options(same.length, same)),
    (stream, dictionary) => brotliDecompressSync(stream, { dictionary } as object),
  );
}
