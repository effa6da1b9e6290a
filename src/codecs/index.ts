/** Codecs that run on every runtime, and the interfaces for your own: `wayleave/codecs`. */
export { wasmBrotli } from "./brotli-wasm.ts";
export { wasmDcb } from "./dcb/wasm.ts";
export { fitsDczWindow, looksTrained, type DeltaCodec, type WasmDeltaOptions } from "./delta.ts";
export type { Effort, PlainCodec } from "./plain/codec.ts";
export { wasmDcz } from "./zstd-wasm.ts";
