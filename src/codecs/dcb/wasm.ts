import { DcbEncoder } from "./encoder.ts";
import { DcbError } from "./errors.ts";
import { isSame, type DeltaCodec, type WasmDeltaOptions } from "../delta.ts";
import type { Effort } from "../plain/codec.ts";

const MEGABYTE = 1024 * 1024;

/** Bytes of an instance's memory, at most; larger ones are dropped, since it never shrinks. */
const KEEP_BELOW = 16 * MEGABYTE;

/** The quality for a length; from 7 on the encoder needs 18 MB more. */
function qualityFor(effort: Effort, length: number): number {
  if (effort === "inline") return 5;
  if (length <= MEGABYTE) return 11;
  return length <= 2 * MEGABYTE ? 9 : 6;
}

/**
 * Creates a dcb codec with our own encoder; see wasm/README.md. Its qualities are 1 (fastest) to 11
 * (smallest). The default is 5; for the best effort it is 11, 9 or 6, depending on the length.
 */
export function wasmDcb(module: WebAssembly.Module, options: WasmDeltaOptions = {}): DeltaCodec {
  const { quality, most = 4 * MEGABYTE } = options;
  const encoder = new DcbEncoder(module, {
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
        // Too large for this encoder.
        if (error instanceof DcbError) return undefined;
        throw error;
      }
      // A wrong delta would fail in the client.
      const decoded = encoder.decode(stream, dictionary, content.length);
      return isSame(decoded, content) ? stream : undefined;
    },
  };
}
