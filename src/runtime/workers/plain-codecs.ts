import { WORKERS_EFFORT } from "../../codecs/plain/efforts.ts";
import { nativePlain } from "../../codecs/plain-native.ts";
import type { PlainCodec } from "../../codecs/plain/codec.ts";

/** The plain codecs of Workers: those of `node:zlib`, which workerd has in native code. */
export function workersPlainCodecs(): PlainCodec[] {
  return nativePlain(WORKERS_EFFORT);
}
