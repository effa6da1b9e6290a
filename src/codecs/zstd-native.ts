import { constants, zstdCompress, zstdDecompressSync, zstdCompressSync } from "node:zlib";
import { promisify } from "node:util";
import { fitsDczWindow, looksTrained, type DeltaCodec } from "./delta.ts";

const compress = promisify(zstdCompress);

/** Levels below 9 collapse on content over about 500 KB (docs/decisions.md). */
const LEVEL = 9;

/**
 * dcz by Node's own zstd; undefined on a Node whose zstd ignores the dictionary.
 *
 * @param level 9 to 22 (smallest). @default 9
 */
export function nativeDcz(level = LEVEL): DeltaCodec | undefined {
  if (!honoursDictionary()) return undefined;
  return {
    coding: "dcz",
    async encode(content, dictionary) {
      if (looksTrained(dictionary)) return undefined;
      if (!fitsDczWindow(content.length, dictionary.length)) return undefined;
      return compress(content, options(content.length + dictionary.length, dictionary, level));
    },
  };
}

function options(reach: number, dictionary: Uint8Array, level = LEVEL) {
  // The window must span dictionary and content, and be no larger than RFC 9842 §5 allows.
  const windowLog = Math.min(23, Math.max(10, Math.ceil(Math.log2(reach))));
  return {
    dictionary,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: windowLog,
      [constants.ZSTD_c_checksumFlag]: 0,
    },
  };
}

/** Older versions ignore the option silently: a round trip tells. */
function honoursDictionary(): boolean {
  try {
    const dictionary = Buffer.from(Array.from({ length: 256 }, (_, i) => (i * 167) & 255));
    const stream = zstdCompressSync(dictionary, options(512, dictionary));
    if (stream.length > 64) return false;
    return zstdDecompressSync(stream, { dictionary }).equals(dictionary);
  } catch {
    return false;
  }
}
