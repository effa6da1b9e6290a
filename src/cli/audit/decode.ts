import { brotliDecompressSync, constants, gunzipSync, inflateSync } from "node:zlib";

/** Decoded content, and whether a part of it is missing. */
interface Decoded {
  readonly content: Uint8Array;
  readonly isCut: boolean;
}

/**
 * Decodes content, bounded. Content in a coding that it can't decode, or that is longer than the
 * bound, is empty and cut. Files of gzip (a sitemap) are decoded too.
 *
 * @param isCut whether the content ends early
 */
export function decodeContent(
  coded: Buffer,
  coding: string | undefined,
  maxOutputLength: number,
  isCut: boolean,
): Decoded {
  const name = coding?.trim().toLowerCase() ?? "identity";
  try {
    const content = decodeBy(name, coded, maxOutputLength);
    const isGzipFile = content.length > 2 && content[0] === 0x1f && content[1] === 0x8b;
    return { content: isGzipFile ? decodeBy("gzip", content, maxOutputLength) : content, isCut };
  } catch {
    return { content: new Uint8Array(), isCut: true };
  }
}

function decodeBy(name: string, coded: Uint8Array, maxOutputLength: number): Uint8Array {
  if (coded.length === 0) return coded;
  switch (name) {
    case "identity":
    case "":
      return coded;
    case "gzip":
    case "x-gzip":
      return gunzipSync(coded, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH });
    case "deflate":
      return inflateSync(coded, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH });
    case "br":
      return brotliDecompressSync(coded, {
        maxOutputLength,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      });
    default:
      throw new TypeError(`unknown coding ${name}`);
  }
}
