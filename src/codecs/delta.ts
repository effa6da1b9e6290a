import type { Effort } from "./plain/codec.ts";

/** A content coding that compresses against a dictionary (RFC 9842 §4, §5). */
export interface DeltaCodec {
  readonly coding: "dcb" | "dcz";
  /** Larger contents and dictionaries are refused, in bytes. @default no bound of its own */
  readonly mostBytes?: number;
  /**
   * Compresses `content` against `dictionary`, which is taken as raw bytes. What it gives has been
   * decoded and compared with the content.
   *
   * @param effort @default "inline"
   * @returns the stream behind the coding's header; undefined if the codec must not be used for
   * this dictionary or this size
   */
  encode(
    content: Uint8Array<ArrayBuffer>,
    dictionary: Uint8Array<ArrayBuffer>,
    effort?: Effort,
  ): Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

/** What zstd would read as a trained dictionary instead of raw bytes (RFC 8878 §5). */
export function looksTrained(dictionary: Uint8Array): boolean {
  return (
    dictionary[0] === 0x37 &&
    dictionary[1] === 0xa4 &&
    dictionary[2] === 0x30 &&
    dictionary[3] === 0xec
  );
}

/**
 * Whether a dcz stream can reach its dictionary throughout: the window is at most max(8 MB, 1.25
 * times the dictionary) (RFC 9842 §5), and the dictionary is lost once the content passes it.
 */
export function fitsDczWindow(contentLength: number, dictionaryLength: number): boolean {
  return contentLength <= Math.max(8 * 1024 * 1024, 1.25 * dictionaryLength);
}

/** What an encoder in WebAssembly is held to. */
export interface WasmDeltaOptions {
  /** The one quality or level, whatever the effort. */
  readonly quality?: number | undefined;
  /**
   * Larger contents and dictionaries are refused, in bytes. With the default, a Worker stays below 100
   * of its 128 MB (docs/benchmarks.md). @default 4194304
   */
  readonly most?: number | undefined;
}

/** Whether two texts are the same, byte for byte. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
