import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Our dcb encoder, compiled; see wasm/README.md. */
export function dcbModule(): WebAssembly.Module {
  return compile(new URL("../../../wasm/dcb/dcb.wasm", import.meta.url));
}

/** The zstd of @bokuweb/zstd-wasm, compiled. */
export function zstdModule(): WebAssembly.Module {
  const entry = createRequire(import.meta.url).resolve("@bokuweb/zstd-wasm");
  return compile(join(dirname(entry), "zstd.wasm"));
}

function compile(path: string | URL): WebAssembly.Module {
  return new WebAssembly.Module(new Uint8Array(readFileSync(path)));
}
