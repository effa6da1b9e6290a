import { NODE_EFFORT } from "../../codecs/plain/efforts.ts";
import { nativePlain } from "../../codecs/plain-native.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";

/** The plain codecs of Node, which run outside of its main thread. */
export function nodePlainCodecs(): PlainCodec[] {
  return nativePlain(NODE_EFFORT);
}
