import { nativePlain } from "../../codecs/plain-native.ts";
import type { PlainCodec } from "../../codecs/plain.ts";

/** Some seconds of one thread; above it the last four percent are not worth it. */
const MOST_AT_11 = 4 * 1024 * 1024;

/** The plain codecs of this Node, which work off its main thread. */
export function nodePlainCodecs(): PlainCodec[] {
  return nativePlain({ bestBrotli: (length) => (length <= MOST_AT_11 ? 11 : 9) });
}
