import { nativeDcb } from "../../codecs/brotli-native.ts";
import type { DeltaCodec } from "../../codecs/delta.ts";
import { NODE_EFFORT } from "../../codecs/plain/efforts.ts";
import { nativePlain } from "../../codecs/plain-native.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";
import { nativeDcz } from "../../codecs/zstd-native.ts";
import { streamEngine } from "../../features/markdown/stream/index.ts";
import { NODE_DECODABLE } from "./content-decoder.ts";
import { threadedDcb } from "./threaded-dcb.ts";

/** Bytes of content, at most; for twice as many the encoder needs 69 MB (wasm/README.md). */
const MOST = 8 * 1024 * 1024;

/** Bytes of a dictionary that Node's Brotli may index on the main thread: a megabyte takes 10 ms. */
const QUICK = 256 * 1024;

/**
 * The delta codecs of this Node: native ones if it has dictionaries, else our dcb encoder on
 * threads.
 */
export function nodeDeltaCodecs(): DeltaCodec[] {
  const dcz = nativeDcz();
  return [nodeDcb(), ...(dcz === undefined ? [] : [dcz])];
}

function nodeDcb(): DeltaCodec {
  const native = nativeDcb();
  if (native === undefined) return threadedDcb(MOST);
  const onThread = threadedDcb(Infinity, true);
  return {
    coding: "dcb",
    encode: (content, dictionary, effort) =>
      (dictionary.length > QUICK ? onThread : native).encode(content, dictionary, effort),
  };
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
