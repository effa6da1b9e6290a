import { promisify } from "node:util";
import { brotliCompress, brotliDecompressSync, constants } from "node:zlib";
import { nativeDcb } from "../../codecs/brotli-native.ts";
import { wasmDcb } from "../../codecs/dcb/wasm.ts";
import type { DeltaCodec } from "../../codecs/delta.ts";
import { nativeDcz } from "../../codecs/zstd-native.ts";
import { wasmDcz } from "../../codecs/zstd-wasm.ts";
import { frameDelta } from "../../http/dictionary.ts";
import { sha256 } from "../../http/digest.ts";
import { dcbModule, zstdModule } from "../../runtime/node/wasm-modules.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of content and of a dictionary for the WebAssembly encoders, at most. */
const MOST_IN_WASM = 16 * 1024 * 1024;

/** Returns the smallest delta of all encoders; undefined if none can encode the content. */
export type BuildDelta = (
  coding: DeltaCodec["coding"],
  content: Bytes,
  dictionary: Bytes,
) => Promise<Bytes | undefined>;

/**
 * Creates a function that tries all encoders at their best quality: native ones, our own for dcb,
 * and that of Workers for dcz. Each of them is sometimes the best, and verifies its delta.
 */
export function bestDeltas(): BuildDelta {
  const most = { most: MOST_IN_WASM, quality: 11 };
  const codecs = [
    ...[0, 16, 20, 22].map((blockLog) => nativeDcb(11, blockLog)),
    ...[19, 22].flatMap((level) => [nativeDcz(level), nativeDcz(level, true)]),
    wasmDcb(dcbModule(), { ...most, decodeBrotli: brotliDecompressSync }),
    wasmDcz(zstdModule(), { ...most, quality: 19 }),
  ].filter((codec) => codec !== undefined);
  return async (coding, content, dictionary) => {
    const streams = await Promise.all(
      codecs
        .filter((codec) => codec.coding === coding)
        .map(async (codec) => codec.encode(content, dictionary, "best")),
    );
    const [smallest] = streams
      .filter((stream) => stream !== undefined)
      .sort((a, b) => a.length - b.length);
    return smallest && frameDelta(coding, await sha256(dictionary), smallest);
  };
}

const compress = promisify(brotliCompress);

/** Bytes of the content in br at its best quality, which a client without the dictionary gets. */
export async function plainLength(content: Bytes): Promise<number> {
  const { length } = await compress(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  return length;
}
