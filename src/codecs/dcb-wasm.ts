import { createDcbEncoder, DcbError } from "./dcb/index.ts";
import type { DeltaCodec } from "./delta.ts";

/** Most of the gain for little time (docs/benchmarks.md). */
const QUALITY = 5;

/** At twice 8 MiB the encoder takes 69 MB (wasm/README.md), and a Worker has 128 MB in all. */
const MOST = 8 * 1024 * 1024;

/**
 * dcb by our own encoder; see wasm/README.md.
 *
 * @param quality 1 (fastest) to 11 (smallest). @default 5
 */
export function wasmDcb(module: WebAssembly.Module, quality = QUALITY): DeltaCodec {
  const encoder = createDcbEncoder(module, { maxInputBytes: MOST, maxDictionaryBytes: MOST });
  return {
    coding: "dcb",
    encode(content, dictionary) {
      let stream: Uint8Array<ArrayBuffer>;
      try {
        stream = encoder.encode(content, dictionary, { quality });
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

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
