// The ratios of bench/identity.ts on workerd, timed from outside since its clock stands still while code runs:
// node scripts/node.mjs bench/identity-workerd.ts
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import process from "node:process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROUNDS = 60;
const BATCH = 400;
const PORT = 20_000 + (process.pid % 10_000);

const { default: workerd } = createRequire(import.meta.url)("workerd") as { default: string };
const folder = await mkdtemp(join(tmpdir(), "wayleave-bench-"));
const bundle = await build({
  entryPoints: [fileURLToPath(new URL("identity-worker.ts", import.meta.url))],
  bundle: true,
  loader: { ".jsonc": "text" },
  format: "esm",
  target: "es2024",
  write: false,
});
await writeFile(join(folder, "worker.js"), bundle.outputFiles[0]?.text ?? "");
await writeFile(
  join(folder, "config.capnp"),
  `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2026-10-30"))],
  sockets = [(name = "http", address = "127.0.0.1:${PORT}", http = (), service = "main")]
);`,
);
const UNSIGNED = new Set(["unsigned", "browser", "crawler"]);
const server = spawn(workerd, ["serve", join(folder, "config.capnp")], { stdio: "inherit" });
try {
  const samples = new Map(
    ["raw", "signed", "unsigned", "browser", "crawler"].map((name) => [name, [] as number[]]),
  );
  for (let round = -10; round < ROUNDS; round++) {
    for (const [name, times] of samples) {
      const calls = UNSIGNED.has(name) ? BATCH * 20 : BATCH;
      const idle = await ask(name, 0);
      const busy = await ask(name, calls);
      if (round >= 0) times.push((busy - idle) / calls);
    }
  }
  const median = (name: string): number =>
    samples.get(name)?.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
  for (const name of samples.keys()) {
    console.log(
      `${name.padEnd(10)}${(median(name) * 1000).toFixed(2).padStart(9)} µs ${(median(name) / median("raw")).toFixed(3).padStart(8)} × raw`,
    );
  }
} finally {
  server.kill();
  await rm(folder, { recursive: true });
}

/** Milliseconds of a request that makes this number of calls; retries while the server starts. */
async function ask(name: string, calls: number): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    try {
      const start = performance.now();
      const response = await fetch(`http://127.0.0.1:${PORT}/${name}?calls=${calls}`);
      const text = await response.text();
      if (text !== "ok") throw new Error(text);
      return performance.now() - start;
    } catch (error) {
      if (attempt > 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
