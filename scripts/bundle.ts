// Bundles the Worker as `wrangler deploy` would, and fails if it exceeds its budget.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";

/**
 * The measured sizes in KiB of gzip: the Worker with its rules, and each codec apart, since an
 * operator who needs none can leave it out. A tenth more is allowed.
 */
const MEASURED: Readonly<Record<string, number>> = {
  Worker: 383.5,
  "dcb.wasm": 15.4,
  "zstd.wasm": 78.4,
  // Not in any bundle by default: an operator can add it (docs/decisions.md).
  "brotli.wasm": 560.9,
};
const MARGIN = 1.1;

const folder = mkdtempSync(join(tmpdir(), "wayleave-bundle-"));
try {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      "node_modules/wrangler/bin/wrangler.js",
      "deploy",
      "--dry-run",
      "--minify",
      "--outdir",
      folder,
    ],
    { encoding: "utf8", env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
  );
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  const sizes = new Map<string, number>();
  for (const name of readdirSync(folder).filter((each) => /\.(?:js|wasm|jsonc)$/.test(each))) {
    const part = name.endsWith(".wasm") ? name.replace(/^[0-9a-f]{40}-/, "") : "Worker";
    const size = gzipSync(readFileSync(join(folder, name)), { level: 9 }).length / 1024;
    sizes.set(part, (sizes.get(part) ?? 0) + size);
  }
  const optional = readFileSync("node_modules/brotli-wasm/pkg.web/brotli_wasm_bg.wasm");
  sizes.set("brotli.wasm", gzipSync(optional, { level: 9 }).length / 1024);
  for (const [part, size] of sizes) {
    const measured = MEASURED[part];
    const budget = (measured ?? 0) * MARGIN;
    const stated = measured === undefined ? "no budget is stated" : `of ${budget.toFixed(1)} KiB`;
    console.log(`${part.padEnd(12)} ${size.toFixed(1).padStart(6)} KiB ${stated}`);
    if (size > budget) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
