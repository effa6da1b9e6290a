import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Our dcb encoder, compiled; see wasm/README.md. */
export function dcbModule(): WebAssembly.Module {
  return compile("#wasm/dcb/dcb.wasm");
}

/** The zstd of @bokuweb/zstd-wasm, compiled; see wasm/README.md. */
export function zstdModule(): WebAssembly.Module {
  return compile("#wasm/zstd/zstd.wasm");
}

/** @param specifier of the package's own `imports`, which holds in a clone as when installed */
function compile(specifier: string): WebAssembly.Module {
  const path = createRequire(import.meta.url).resolve(specifier);
  return new WebAssembly.Module(new Uint8Array(readFileSync(path)));
}
