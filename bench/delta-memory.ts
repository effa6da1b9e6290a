// Peak memory of a delta on Workers: node scripts/node.mjs bench/delta-memory.ts
// Each case has its own workerd: the peak of its resident memory, minus that of a Worker that only receives
// the request's content.
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { freePort, untilReady } from "../test/support/runtimes.ts";
import { pairTexts } from "./pairs.ts";
import { resident } from "./load.ts";

const MB = 1024 * 1024;
const require = createRequire(import.meta.url);
const { default: workerd } = require("workerd") as { default: string };
const folder = mkdtempSync(join(tmpdir(), "wayleave-memory-"));
const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const bundle = await build({
  entryPoints: [path("bench/delta-memory-worker.ts")],
  bundle: true,
  external: ["*.wasm"],
  format: "esm",
  target: "es2024",
  write: false,
});
writeFileSync(join(folder, "worker.js"), bundle.outputFiles[0]?.text ?? "");
copyFileSync(path("wasm/dcb/dcb.wasm"), join(folder, "dcb.wasm"));
copyFileSync(path("node_modules/@bokuweb/zstd-wasm/dist/esm/zstd.wasm"), join(folder, "zstd.wasm"));

async function measure(dictionary: Buffer, content: Buffer, way: string) {
  const port = await freePort();
  const config = join(folder, `${port}.capnp`);
  const names = ["dcb.wasm", "zstd.wasm"].map(
    (name) => `(name = "${name}", wasm = embed "${name}")`,
  );
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (compatibilityDate = "2026-10-30",
    modules = [(name = "worker.js", esModule = embed "worker.js"), ${names.join(", ")}]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);`,
  );
  const server = spawn(workerd, ["serve", config], { stdio: "inherit" });
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilReady(url, () => "");
    const length = Buffer.alloc(4);
    length.writeUInt32BE(dictionary.length);
    const body = Buffer.concat([length, dictionary, content]);
    const idle = resident(server.pid);
    const answer = await fetch(`${url}/${way}`, { method: "POST", body });
    const said = await answer.text();
    return { said, peak: resident(server.pid, "VmHWM") - idle };
  } finally {
    server.kill("SIGKILL");
  }
}

try {
  const ways = ["nothing", "dcb/inline", "dcb/best", "dcz/inline", "dcz/best"];
  console.log(
    "Peak of workerd's resident memory over idle, in MB, the request's content included:\n",
  );
  console.log(
    `| pair, at its size | ${ways.join(" | ")} |\n| --- |${" ---: |".repeat(ways.length)}`,
  );
  for (const [id, bytes] of [
    ["three-r160-r161", MB],
    ["plotly-2.29-2.30", 2 * MB],
    ["plotly-2.29-2.30", 4 * MB],
    ["tailwind-css-2.1-2.2", 4 * MB],
    ["plotly-2.29-2.30", 5 * MB],
  ] as const) {
    const [dictionary, content] = pairTexts(id, bytes);
    const cells: string[] = [];
    for (const way of ways) {
      const { said, peak } = await measure(dictionary, content, way);
      cells.push(said === "refused" ? "refused" : peak.toFixed(0));
    }
    console.log(`| ${id}, ${bytes / MB} MiB | ${cells.join(" | ")} |`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
