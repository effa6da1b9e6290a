import type { Effort } from "./plain/codec.ts";

/** A content coding that compresses against a dictionary (RFC 9842 §4, §5). */
export interface DeltaCodec {
  readonly coding: "dcb" | "dcz";
  /** Bytes of content and of a dictionary, at most. @default no bound */
  readonly mostBytes?: number;
  /**
   * Compresses `content` against the raw bytes of `dictionary`, and verifies it by decoding.
   *
   * @param effort @default "inline"
   * @returns the stream without the coding's header; undefined if the codec can't be used for this
   * dictionary or size
   */
  encode(
    content: Uint8Array<ArrayBuffer>,
    dictionary: Uint8Array<ArrayBuffer>,
    effort?: Effort,
  ): Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

/** Whether zstd would read the bytes as a trained dictionary instead of raw bytes (RFC 8878 §5). */
export function looksTrained(dictionary: Uint8Array): boolean {
  return (
    dictionary[0] === 0x37 &&
    dictionary[1] === 0xa4 &&
    dictionary[2] === 0x30 &&
    dictionary[3] === 0xec
  );
}

const MEGABYTE = 1024 * 1024;

/**
 * The largest window of a dcz stream in bytes: 8 MB, or 1.25 times the dictionary if that is more, and
 * never over 128 MB (RFC 9842 §5).
 */
export function mostDczWindow(dictionaryLength: number): number {
  return Math.min(128 * MEGABYTE, Math.max(8 * MEGABYTE, Math.floor(1.25 * dictionaryLength)));
}

/** Whether a dcz stream can use its dictionary for the whole content, which is then its window. */
export function fitsDczWindow(contentLength: number, dictionaryLength: number): boolean {
  return contentLength <= mostDczWindow(dictionaryLength);
}

/** Options of a delta codec in WebAssembly. */
export interface WasmDeltaOptions {
  /** The quality or level for every effort. */
  readonly quality?: number | undefined;
  /**
   * Bytes of content and of a dictionary, at most. With the default, a Worker needs less than 100
   * of its 128 MB (docs/benchmarks.md). @default 4194304
   */
  readonly most?: number | undefined;
  /**
   * The platform's Brotli decoder (`brotliDecompressSync`). It gives dcb the words of Brotli's static
   * dictionary, which make some deltas smaller. @default streams name no words
   */
  readonly decodeBrotli?: ((stream: Uint8Array) => Uint8Array) | undefined;
}

/** Whether a codec uses its dictionary; older versions of Node ignore the option silently. */
export function honoursDictionary(
  encode: (same: Uint8Array) => Uint8Array,
  decode: (stream: Uint8Array, dictionary: Uint8Array) => Uint8Array,
): boolean {
  try {
    const dictionary = Uint8Array.from({ length: 256 }, (_, i) => (i * 167) & 255);
    const stream = encode(dictionary);
    return stream.length < 64 && isSame(decode(stream, dictionary), dictionary);
  } catch {
    return false;
  }
}

/** Whether two arrays have the same bytes. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
