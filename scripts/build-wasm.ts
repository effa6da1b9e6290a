// Compiles the WebAssembly kernels, and copies the module that a dependency does not export. With --check,
// compares with the committed files instead of writing.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { main as compile } from "assemblyscript/asc";

const KERNELS = [{ entry: "wasm/dcb/assembly/index.ts", out: "wasm/dcb/dcb.wasm" }];
const COPIES = [
  { from: "node_modules/@bokuweb/zstd-wasm/dist/esm/zstd.wasm", out: "wasm/zstd/zstd.wasm" },
];
/** Limit of a module's size after gzip, in bytes. */
const MOST_GZIP = 24 * 1024;
const FLAGS = ["-O3", "--converge", "--runtime", "stub", "--noAssert", "--use", "abort="];

const root = fileURLToPath(new URL("..", import.meta.url));
const check = process.argv.includes("--check");

for (const { entry, out } of KERNELS) {
  let binary: Uint8Array | undefined;
  const { error } = await compile([entry, "--baseDir", root, "--outFile", out, ...FLAGS], {
    writeFile(_name: string, contents: string | Uint8Array) {
      if (typeof contents !== "string") binary = contents;
    },
  });
  if (error !== null || binary === undefined) {
    console.error(error?.message ?? "nothing was written");
    process.exit(1);
  }
  const packed = gzipSync(binary, { level: 9 }).length;
  console.log(`${out}: ${binary.length} bytes, ${packed} after gzip`);
  if (packed > MOST_GZIP) {
    console.error(`${out} is over ${MOST_GZIP} bytes after gzip`);
    process.exit(1);
  }
  keep(out, binary, `what ${entry} compiles to`);
}
for (const { from, out } of COPIES) {
  keep(out, readFileSync(new URL(`../${from}`, import.meta.url)), from);
}

/** Writes a module, or compares it with the one that is committed. */
function keep(out: string, binary: Uint8Array, source: string): void {
  const file = new URL(`../${out}`, import.meta.url);
  if (!check) {
    writeFileSync(file, binary);
  } else if (!readFileSync(file).equals(binary)) {
    console.error(`${out} is not ${source}; run npm run build:wasm`);
    process.exit(1);
  }
}
