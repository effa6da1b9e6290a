import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Compiles our dcb encoder; see wasm/README.md. */
export function dcbModule(): WebAssembly.Module {
  return compile("#wasm/dcb/dcb.wasm");
}

/** Compiles the zstd of @bokuweb/zstd-wasm; see wasm/README.md. */
export function zstdModule(): WebAssembly.Module {
  return compile("#wasm/zstd/zstd.wasm");
}

/** @param specifier an entry of the package's `imports`, valid in a clone and when installed */
function compile(specifier: string): WebAssembly.Module {
  const path = createRequire(import.meta.url).resolve(specifier);
  return new WebAssembly.Module(new Uint8Array(readFileSync(path)));
}
