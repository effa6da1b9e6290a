import { isSame, type DeltaCodec, type WasmDeltaOptions } from "../delta.ts";
import type { Effort } from "../plain/codec.ts";
import { Instance } from "./instance.ts";
import { staticWords } from "./static-words.ts";

const MEGABYTE = 1024 * 1024;

/** Bytes of an instance's memory, at most; larger ones are dropped, since it never shrinks. */
const KEEP_BELOW = 16 * MEGABYTE;

/** A stream of so many bytes has few commands: to choose them better takes milliseconds. */
const SHORT_STREAM = 4096;

/** The quality that chooses commands by their cost, which costs several times the CPU time. */
const BY_COST = 7;

/** The quality for a length; from 8 on the encoder needs 18 MB more. */
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
  const { quality, most = 4 * MEGABYTE, decodeBrotli } = options;
  let words: Uint8Array | undefined;
  let hasWords = decodeBrotli === undefined;
  const open = () => {
    if (decodeBrotli !== undefined && !hasWords) words = staticWords(module, decodeBrotli);
    hasWords = true;
    return new Instance(new WebAssembly.Instance(module).exports, words);
  };
  /** Reused after a success, if its memory is small. */
  let idle: Instance | undefined;
  return {
    coding: "dcb",
    mostBytes: most,
    encode(content, dictionary, effort = "inline") {
      if (content.length > most || dictionary.length > most) return undefined;
      try {
        const instance = idle ?? open();
        idle = undefined;
        const level = quality ?? qualityFor(effort, content.length);
        let stream = instance.encode(content, dictionary, level);
        const isShort = stream.length <= SHORT_STREAM && content.length <= MEGABYTE;
        if (quality === undefined && level < BY_COST && isShort) {
          const other = instance.encode(content, dictionary, BY_COST);
          if (other.length < stream.length) stream = other;
        }
        // A wrong delta would fail in the client. The encoder's memory is enough for the decoder.
        const decoded = instance.decode(stream, dictionary, content.length);
        if (instance.memoryBytes <= KEEP_BELOW) idle = instance;
        return isSame(decoded, content) ? stream : undefined;
      } catch {
        // The module ran out of memory, or has a defect.
        return undefined;
      }
    },
  };
}
