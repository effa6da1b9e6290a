import { encodeWhole, type Coder, type Flushing } from "./coder.ts";
import { codingStream } from "./coding-stream.ts";
import type { Effort, PlainCodec } from "./codec.ts";

/** The efforts that a runtime can afford. */
export interface NativePlainOptions {
  /**
   * Brotli's quality for the effort "best", by the content's length in bytes; 11 takes 1.5 s for a
   * megabyte (docs/benchmarks.md). @default 11
   */
  readonly bestBrotli?: (length: number) => number;
  /** Bits of Brotli's window, at most, if the length is known; 22 bits are 4 MB. @default 22 */
  readonly mostWindow?: number;
  /** Awaited between pieces of 64 KiB for the effort "best". @default no wait */
  readonly breathe?: () => Promise<void>;
}

/** One coding of `node:zlib`. */
interface Native {
  readonly coding: PlainCodec["coding"];
  /** @param length undefined for a stream @param isLarge whether a stream may be large */
  readonly coder: (effort: Effort, length?: number, isLarge?: boolean) => Coder;
  readonly flushing: Flushing;
}

const CHUNK = { chunkSize: 64 * 1024 };

/** Bits of the window of streams: half a megabyte is enough for a page, and saves memory. */
const STREAM_WINDOW = 19;

/**
 * Bytes from which a stream gets less effort, as does one of unknown length: for a megabyte, quality
 * 4 of Brotli takes 25 ms instead of 45, and 5 % more bytes.
 */
const LARGE = 256 * 1024;

/** The part of `node:zlib` that is used here; code for every runtime can't import the module. */
export interface Zlib {
  readonly constants: Readonly<Record<ZlibConstant, number>>;
  createBrotliCompress(options: CoderOptions): Coder;
  createGzip(options: CoderOptions): Coder;
  /** Node has it from 22.15 on. */
  readonly createZstdCompress?: ((options: CoderOptions) => Coder) | undefined;
}

type ZlibConstant =
  | "BROTLI_PARAM_QUALITY"
  | "BROTLI_PARAM_SIZE_HINT"
  | "BROTLI_PARAM_LGWIN"
  | "BROTLI_OPERATION_FLUSH"
  | "Z_SYNC_FLUSH"
  | "ZSTD_c_compressionLevel"
  | "ZSTD_e_flush";

interface CoderOptions {
  readonly chunkSize: number;
  readonly level?: number;
  readonly params?: Readonly<Record<number, number>>;
  readonly pledgedSrcSize?: number;
}

/** Creates the codecs br, zstd and gzip with `node:zlib`; without zstd if this Node has none. */
export function plainBy(zlib: Zlib, options: NativePlainOptions = {}): PlainCodec[] {
  const { constants } = zlib;
  const { bestBrotli = () => 11, mostWindow = 22, breathe } = options;
  const natives: Native[] = [
    {
      coding: "br",
      coder: (effort, length, isLarge) =>
        zlib.createBrotliCompress({
          ...CHUNK,
          params: {
            [constants.BROTLI_PARAM_QUALITY]:
              effort === "best" ? bestBrotli(length ?? 0) : isLarge === true ? 4 : 5,
            [constants.BROTLI_PARAM_SIZE_HINT]: length ?? 0,
            [constants.BROTLI_PARAM_LGWIN]:
              length === undefined ? STREAM_WINDOW : Math.min(mostWindow, fit(length)),
          },
        }),
      flushing: { kind: constants.BROTLI_OPERATION_FLUSH, beforeEnd: false },
    },
    {
      coding: "gzip",
      coder: (effort) => zlib.createGzip({ ...CHUNK, level: effort === "best" ? 9 : 4 }),
      flushing: { kind: constants.Z_SYNC_FLUSH, beforeEnd: false },
    },
  ];
  const { createZstdCompress } = zlib;
  if (createZstdCompress !== undefined) {
    natives.splice(1, 0, {
      coding: "zstd",
      coder: (effort, length) =>
        createZstdCompress({
          ...CHUNK,
          params: { [constants.ZSTD_c_compressionLevel]: effort === "best" ? 19 : 3 },
          ...(length === undefined ? {} : { pledgedSrcSize: length }),
        }),
      flushing: { kind: constants.ZSTD_e_flush, beforeEnd: true },
    });
  }
  return natives.map(({ coding, coder, flushing }) => ({
    coding,
    encode: (content, effort) =>
      encodeWhole(
        coder(effort, content.length),
        flushing,
        content,
        effort === "best" ? breathe : undefined,
      ),
    stream: (length = Infinity) =>
      codingStream(coder("inline", undefined, length > LARGE), flushing),
  }));
}

/** Bits of the smallest window for the content; 4 MB at most, to save memory. */
function fit(length: number): number {
  return Math.min(22, Math.max(16, Math.ceil(Math.log2(length + 1))));
}
