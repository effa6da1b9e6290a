// Plain codings on both runtimes: node scripts/node.mjs bench/codings.ts [--rounds N]
// workerd is timed from outside, minus an empty request, since its clock stands still while code runs.
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { nodePlainCodecs } from "../src/runtime/node/codecs.ts";
import { freePort, untilReady } from "../test/support/runtimes.ts";
import { fetchFile, readPairs } from "./pairs.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), "wayleave-codings-"));
const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const MODULES = {
  "brotli.wasm": "node_modules/brotli-wasm/pkg.web/brotli_wasm_bg.wasm",
  "dcb.wasm": "wasm/dcb/dcb.wasm",
  "zstd.wasm": "node_modules/@bokuweb/zstd-wasm/dist/esm/zstd.wasm",
};
const CONTENDERS = [
  ["native-br", 4],
  ["native-br", 5],
  ["native-br", 9],
  ["native-br", 10],
  ["native-br", 11],
  ["brotli-wasm", 5],
  ["brotli-wasm", 11],
  ["own-encoder", 5],
  ["own-encoder", 9],
  ["own-encoder", 11],
  ["zstd.wasm", 3],
  ["zstd.wasm", 19],
  ["CompressionStream", 6],
  ["native-gzip", 9],
  ["br", 0],
  ["br", 1],
  ["zstd", 0],
  ["zstd", 1],
  ["gzip", 0],
  ["gzip", 1],
] as const;
const FILES = ["react-dom-18.2-18.3", "three-r160-r161"];

const bundle = await build({
  entryPoints: [path("bench/codings-worker.ts")],
  bundle: true,
  external: ["*.wasm", "node:*"],
  format: "esm",
  target: "es2024",
  write: false,
});
writeFileSync(join(folder, "worker.js"), bundle.outputFiles[0]?.text ?? "");
for (const [name, source] of Object.entries(MODULES))
  copyFileSync(path(source), join(folder, name));
const wasm = Object.keys(MODULES).map((name) => `(name = "${name}", wasm = embed "${name}")`);
const port = await freePort();
writeFileSync(
  join(folder, "config.capnp"),
  `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (compatibilityDate = "2026-10-30",
    modules = [(name = "worker.js", esModule = embed "worker.js"), ${wasm.join(", ")}]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);`,
);
const { default: workerd } = createRequire(import.meta.url)("workerd") as { default: string };
const server = spawn(workerd, ["serve", join(folder, "config.capnp")], { stdio: "inherit" });
const url = `http://127.0.0.1:${port}`;

/** Bytes, and the best time of a round in milliseconds. */
async function ask(name: string, quality: number, body: Uint8Array<ArrayBuffer>) {
  let [bytes, time] = [0, Infinity];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    const query = `quality=${quality}&times=1`;
    const answer = await fetch(`${url}/${name}?${query}`, { method: "POST", body });
    bytes = Number(await answer.text());
    time = Math.min(time, performance.now() - started);
    if (time > 1000) break;
  }
  return { bytes, time };
}

try {
  await untilReady(url, () => "");
  const head = ["coding", ...FILES.flatMap((id) => [id, "ms"])];
  console.log(`| ${head.join(" | ")} |\n| --- |${" ---: |".repeat(head.length - 1)}`);
  const pairs = readPairs();
  const contents = FILES.map((id) => {
    const pair = pairs.find((each) => each.id === id);
    if (pair === undefined) throw new Error(id);
    return new Uint8Array(readFileSync(fetchFile(pair, pair.new)));
  });
  const idle = [];
  for (const content of contents) idle.push(await ask("nothing", 0, content));
  for (const [name, quality] of CONTENDERS) {
    const isShipped = quality < 2;
    const row = [isShipped ? `ours, ${name} ${quality ? "best" : "inline"}` : `${name} ${quality}`];
    for (const [i, content] of contents.entries()) {
      const { bytes, time } = await ask(name, quality, content);
      row.push(String(bytes), Math.max(0, time - (idle[i]?.time ?? 0)).toFixed(1));
    }
    console.log(`| workerd: ${row.join(" | ")} |`);
  }
  for (const codec of nodePlainCodecs()) {
    for (const effort of ["inline", "best"] as const) {
      const row = [`ours, ${codec.coding} ${effort}`];
      for (const content of contents) {
        let [bytes, time] = [0, Infinity];
        for (let round = 0; round < rounds && !(time > 1000 && round > 0); round++) {
          const started = performance.now();
          bytes = (await codec.encode(content, effort)).length;
          time = Math.min(time, performance.now() - started);
        }
        row.push(String(bytes), time.toFixed(1));
      }
      console.log(`| Node: ${row.join(" | ")} |`);
    }
  }
} finally {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true });
}
