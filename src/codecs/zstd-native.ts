import {
  constants,
  zstdCompress,
  zstdCompressSync,
  zstdDecompressSync,
  createZstdCompress,
  createZstdDecompress,
  type ZstdOptions,
} from "node:zlib";
import { promisify } from "node:util";
import { fitsDczWindow, honoursDictionary, looksTrained, type DeltaCodec } from "./delta.ts";
import { decodesTo } from "./decodes-to-native.ts";
import { isClientFrame } from "./zstd-frame.ts";
import { once } from "node:events";

const compress = promisify(zstdCompress);

/** Levels below 12 compress large repetitive content badly (docs/benchmarks.md). */
const LEVELS = { inline: 12, best: 19 } as const;

/**
 * Creates a dcz codec that uses Node's own zstd, outside of the main thread; undefined if this
 * Node's zstd ignores dictionaries.
 *
 * @param level 1 to 22 (smallest), for every effort. @default 12, and 19 for the best effort
 * @param isUnsplit whether blocks have the maximum size. @default false
 */
export function nativeDcz(level?: number, isUnsplit = false): DeltaCodec | undefined {
  if (!isSupported()) return undefined;
  return {
    coding: "dcz",
    async encode(content, dictionary, effort = "inline") {
      if (looksTrained(dictionary)) return undefined;
      if (!fitsDczWindow(content.length, dictionary.length)) return undefined;
      const using = options(content.length, dictionary, level ?? LEVELS[effort]);
      const coding = isUnsplit ? compressUnsplit(content, using) : compress(content, using);
      const stream = await coding;
      if (!isClientFrame(stream, dictionary.length)) return undefined;
      // A wrong delta would fail in the client.
      const isRight = await decodesTo(createZstdDecompress({ dictionary }), stream, content);
      return isRight ? stream : undefined;
    },
  };
}

const MEGABYTE = 1024 * 1024;

function options(length: number, dictionary: Uint8Array, level: number = LEVELS.inline) {
  // Rounded up, so that the frame is a single segment: its window is the content (RFC 8878 §3.1.1.1.2).
  const log = Math.max(10, Math.min(27, Math.ceil(Math.log2(length + dictionary.length))));
  const isInline = level === LEVELS.inline;
  // Large content has too many short matches to search: longer ones are found faster.
  const isLarge = isInline && length > MEGABYTE;
  return {
    dictionary,
    pledgedSrcSize: length,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: log,
      [constants.ZSTD_c_checksumFlag]: 1,
      // The level's own strategy for small content takes six times as long, and saves one percent.
      ...(isInline && { [constants.ZSTD_c_strategy]: constants.ZSTD_lazy2 }),
      ...(isLarge && {
        [constants.ZSTD_c_minMatch]: 6,
        [constants.ZSTD_c_searchLog]: 8,
      }),
    },
  };
}

function isSupported(): boolean {
  return honoursDictionary(
    (same) => zstdCompressSync(same, options(same.length, same)),
    (stream, dictionary) => zstdDecompressSync(stream, { dictionary }),
  );
}

/**
 * One byte less than a full block. zstd 1.5.7 splits a full block by its statistics, before it
 * searches for matches; in a delta, the parts cost more than the split saves.
 */
const UNSPLIT = 128 * 1024 - 1;

/** Compresses in blocks of equal size, which zstd does not split. */
async function compressUnsplit(content: Uint8Array, options: ZstdOptions): Promise<Buffer> {
  const coder = createZstdCompress(options);
  const parts: Buffer[] = [];
  coder.on("data", (part: Buffer) => parts.push(part));
  const ended = once(coder, "end");
  for (let at = 0; at < content.length; at += UNSPLIT) {
    coder.write(content.subarray(at, at + UNSPLIT));
    if (at + UNSPLIT < content.length) {
      await new Promise<void>((resolve) => {
        coder.flush(constants.ZSTD_e_flush, resolve);
      });
    }
  }
  coder.end();
  await ended;
  return Buffer.concat(parts);
}
