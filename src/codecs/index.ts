/** Codecs that run anywhere, and the interfaces for one of your own: `wayleave/codecs`. */
export { wasmBrotli } from "./brotli-wasm.ts";
export { wasmDcb } from "./dcb/wasm.ts";
export { fitsDczWindow, looksTrained, type DeltaCodec, type WasmDeltaOptions } from "./delta.ts";
export type { Effort, PlainCodec } from "./plain/codec.ts";
export { wasmDcz } from "./zstd-wasm.ts";
