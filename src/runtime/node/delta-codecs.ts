import { nativeDcb } from "../../codecs/brotli-native.ts";
import type { DeltaCodec } from "../../codecs/delta.ts";
import { nativeDcz } from "../../codecs/zstd-native.ts";
import { threadedDcb } from "./dcb-pool.ts";

/** Bytes of content, at most; for twice as many the encoder needs 69 MB (wasm/README.md). */
const MOST = 8 * 1024 * 1024;

/** The delta codecs of this Node version: native ones if they support dictionaries, else our dcb encoder on threads. */
export function nodeDeltaCodecs(): DeltaCodec[] {
  const dcz = nativeDcz();
  return [nativeDcb() ?? threadedDcb(MOST), ...(dcz === undefined ? [] : [dcz])];
}
