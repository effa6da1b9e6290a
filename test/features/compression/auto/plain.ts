import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { PlainCodec } from "../../../../src/codecs/plain/codec.ts";

/** Plain codings by Node. */
export const gzip: PlainCodec = {
  coding: "gzip",
  encode: (content) => new Uint8Array(gzipSync(content)),
};

export const br: PlainCodec = {
  coding: "br",
  encode: (content) =>
    new Uint8Array(
      brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
    ),
};
