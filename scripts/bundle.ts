// Bundles the Worker as `wrangler deploy` would, and fails where it grew over its budget.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";

/** The default bundle with a margin of a tenth, in KiB of gzip. */
const BUDGET = 186;

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
  let total = 0;
  for (const name of readdirSync(folder).filter((each) => /\.(?:js|wasm|jsonc)$/.test(each))) {
    const size = gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;
    total += size;
    console.log(`${name.replace(/^[0-9a-f]{40}-/, "").padEnd(20)} ${kib(size)}`);
  }
  console.log(`${"the Worker, gzip".padEnd(20)} ${kib(total)} of ${BUDGET} KiB`);
  if (total > BUDGET * 1024) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1).padStart(7)} KiB`;
}
