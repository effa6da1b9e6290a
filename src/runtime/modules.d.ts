/** Modules that wrangler's bundler imports as compiled WebAssembly or as text. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.jsonc" {
  const text: string;
  export default text;
}
