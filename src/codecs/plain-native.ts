import zlib from "node:zlib";
import { plainBy, type NativePlainOptions } from "./plain/native.ts";
import type { PlainCodec } from "./plain/codec.ts";

export type { NativePlainOptions } from "./plain/native.ts";

/** Decodes Brotli with `node:zlib`. */
export function decodeBrotli(stream: Uint8Array): Uint8Array {
  return zlib.brotliDecompressSync(stream);
}

/** Creates the codecs br, zstd and gzip with `node:zlib`; without zstd if this Node has none. */
export function nativePlain(options: NativePlainOptions = {}): PlainCodec[] {
  return plainBy(zlib, options);
}
