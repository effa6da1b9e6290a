import { nativeDcb } from "../../codecs/brotli-native.ts";
import type { DeltaCodec } from "../../codecs/delta.ts";
import { NODE_EFFORT } from "../../codecs/plain/efforts.ts";
import { nativePlain } from "../../codecs/plain-native.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";
import { nativeDcz } from "../../codecs/zstd-native.ts";
import { streamEngine } from "../../features/markdown/stream/index.ts";
import { NODE_DECODABLE } from "./content-decoder.ts";
import { threadedDcb } from "./dcb-pool.ts";

/** Bytes of content, at most; for twice as many the encoder needs 69 MB (wasm/README.md). */
const MOST = 8 * 1024 * 1024;

/**
 * The delta codecs of this Node: native ones if it has dictionaries, else our dcb encoder on
 * threads.
 */
export function nodeDeltaCodecs(): DeltaCodec[] {
  const dcz = nativeDcz();
  return [nativeDcb() ?? threadedDcb(MOST), ...(dcz === undefined ? [] : [dcz])];
}

/** The plain codecs of Node, which run outside of its main thread. */
export function nodePlainCodecs(): PlainCodec[] {
  return nativePlain(NODE_EFFORT);
}

/** The parts of a platform with which the proxy reads and makes content on Node. */
export function nodeContentParts() {
  return {
    engine: streamEngine,
    codecs: nodeDeltaCodecs(),
    plain: nodePlainCodecs(),
    decodable: NODE_DECODABLE,
  };
}
