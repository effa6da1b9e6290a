import { nativeDcb } from "../../codecs/brotli-native.ts";
import type { DeltaCodec } from "../../codecs/delta.ts";
import { nativeDcz } from "../../codecs/zstd-native.ts";
import { threadedDcb } from "./dcb-pool.ts";

/** In bytes; at twice that the encoder takes 69 MB (wasm/README.md). */
const MOST = 8 * 1024 * 1024;

/** The delta codecs of this Node: its own where they honour a dictionary, and ours on threads of its own for dcb elsewhere. */
export function nodeDeltaCodecs(): DeltaCodec[] {
  const dcz = nativeDcz();
  return [nativeDcb() ?? threadedDcb(MOST), ...(dcz === undefined ? [] : [dcz])];
}
