import { createDcbEncoder } from "./encoder.ts";
import { DcbError } from "./errors.ts";
import { isSame, type DeltaCodec, type WasmDeltaOptions } from "../delta.ts";
import type { Effort } from "../plain/codec.ts";

const MEGABYTE = 1024 * 1024;

/** A larger instance is dropped after use, since WASM memory never shrinks. */
const KEEP_BELOW = 16 * MEGABYTE;

/** From 7 on it takes 18 MB more, which a Worker does not have beside large texts. */
function qualityFor(effort: Effort, length: number): number {
  if (effort === "inline") return 5;
  if (length <= MEGABYTE) return 11;
  return length <= 2 * MEGABYTE ? 9 : 6;
}

/**
 * dcb by our own encoder; see wasm/README.md. Its qualities are 1 (fastest) to 11 (smallest), by
 * default 5, and for the best effort 11, 9 or 6, the larger the content.
 */
export function wasmDcb(module: WebAssembly.Module, options: WasmDeltaOptions = {}): DeltaCodec {
  const { quality, most = 4 * MEGABYTE } = options;
  const encoder = createDcbEncoder(module, {
    maxInputBytes: most,
    maxDictionaryBytes: most,
    keepBytes: KEEP_BELOW,
  });
  return {
    coding: "dcb",
    mostBytes: most,
    encode(content, dictionary, effort = "inline") {
      let stream: Uint8Array<ArrayBuffer>;
      try {
        stream = encoder.encode(content, dictionary, {
          quality: quality ?? qualityFor(effort, content.length),
        });
      } catch (error) {
        // Too large for it: the plain answer will do.
        if (error instanceof DcbError) return undefined;
        throw error;
      }
      // A delta that does not decode to the content would be a hard failure in the client.
      const decoded = encoder.decode(stream, dictionary, content.length);
      return isSame(decoded, content) ? stream : undefined;
    },
  };
}
