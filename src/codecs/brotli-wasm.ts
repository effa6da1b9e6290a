import type { PlainCodec } from "./plain/codec.ts";

/** The exports of brotli-wasm 3.0.1 that are used here; addresses are in bytes of its memory. */
interface BrotliExports {
  readonly memory: WebAssembly.Memory;
  /** Writes to `result`: address and length of the stream, an error, and a flag for the error. */
  readonly compress: (result: number, source: number, length: number, options: number) => void;
  readonly __wbindgen_malloc: (length: number) => number;
  readonly __wbindgen_add_to_stack_pointer: (delta: number) => number;
}

const QUALITIES = { inline: 5, best: 11 } as const;

/** A handle of the options, which the module requests as JSON. */
const OPTIONS = 1;

/**
 * Creates a br codec with the module of brotli-wasm 3.0.1, without its loader. It is only for
 * Workers whose compatibility date is before node:zlib: it adds half a megabyte to the bundle, and
 * can't stream (docs/decisions.md).
 *
 * @param module `brotli-wasm/pkg.web/brotli_wasm_bg.wasm`, compiled
 */
export function wasmBrotli(module: WebAssembly.Module): PlainCodec {
  return {
    coding: "br",
    encode(content, effort) {
      // A new instance for each call, since WASM memory never shrinks.
      const brotli = instantiate(module, JSON.stringify({ quality: QUALITIES[effort] }));
      const source = brotli.__wbindgen_malloc(content.length);
      const result = brotli.__wbindgen_add_to_stack_pointer(-16);
      new Uint8Array(brotli.memory.buffer).set(content, source);
      brotli.compress(result, source, content.length, OPTIONS);
      const words = new Int32Array(brotli.memory.buffer, result, 4);
      const [address = 0, length = 0, , hasFailed = 0] = words;
      if (hasFailed !== 0) fail();
      return new Uint8Array(brotli.memory.buffer, address, length).slice();
    },
  };
}

function fail(): never {
  throw new Error("brotli failed");
}

function instantiate(module: WebAssembly.Module, options: string): BrotliExports {
  let exports: BrotliExports;
  const imports = {
    __wbindgen_is_undefined: () => 0,
    __wbindgen_is_object: () => 1,
    __wbindgen_json_serialize: (result: number) => {
      const text = new TextEncoder().encode(options);
      const address = exports.__wbindgen_malloc(text.length);
      new Uint8Array(exports.memory.buffer).set(text, address);
      new Int32Array(exports.memory.buffer, result, 2).set([address, text.length]);
    },
    // Handles of errors, which are not read.
    __wbindgen_string_new: () => 0,
    __wbindgen_error_new: () => 0,
    __wbg_new_693216e109162396: () => 0,
    __wbg_stack_0ddaca5d1abfb52f: fail,
    __wbg_error_09919627ac0992f5: () => {},
    __wbindgen_object_drop_ref: () => {},
    __wbindgen_throw: fail,
  };
  exports = new WebAssembly.Instance(module, { wbg: imports }).exports as unknown as BrotliExports;
  return exports;
}
