import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { nativeDcb } from "../../codecs/brotli-native.ts";
import { wasmDcb } from "../../codecs/dcb/wasm.ts";
import type { DeltaCodec } from "../../codecs/delta.ts";
import { nativeDcz } from "../../codecs/zstd-native.ts";
import { wasmDcz } from "../../codecs/zstd-wasm.ts";
import { frameDelta } from "../../http/dictionary.ts";
import { sha256 } from "../../http/digest.ts";
import { dcbModule, zstdModule } from "../../runtime/node/wasm-modules.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What WebAssembly takes at most, in bytes of each text. */
const MOST_IN_WASM = 16 * 1024 * 1024;

/** The smallest content of a delta that any encoder makes; undefined if none can. */
export type BuildDelta = (
  coding: DeltaCodec["coding"],
  content: Bytes,
  dictionary: Bytes,
) => Promise<Bytes | undefined>;

/**
 * Encoders at their best: native ones off the main thread, and beside them ours for dcb and that of
 * Workers for dcz, since each is the smallest one now and then. Each decodes what it gives.
 */
export function bestDeltas(): BuildDelta {
  const most = { most: MOST_IN_WASM, quality: 11 };
  const codecs = [
    ...[0, 16, 20, 22].map((blockLog) => nativeDcb(11, blockLog)),
    ...[19, 22].flatMap((level) => [nativeDcz(level), nativeDcz(level, true)]),
    wasmDcb(dcbModule(), most),
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

/** What a client without the dictionary would be sent, in bytes: br at its highest quality. */
export async function plainLength(content: Bytes): Promise<number> {
  const { length } = await compress(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  return length;
}
