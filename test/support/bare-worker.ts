import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { STORAGE_BINDINGS } from "./cloudflare-storage.ts";
import { freePort, untilReady } from "./runtimes.ts";

/** What a Worker of the tests is bound to. */
export interface Bindings {
  /** Where KV (`INDEX`) and R2 (`BLOBS`) are played. */
  readonly storage?: string;
  readonly object?: { readonly className: string; readonly binding: string };
}

/** Modules of Node that a library requires without "node:", which wrangler resolves likewise. */
const nodeNames: Plugin = {
  name: "node-names",
  setup(build) {
    build.onResolve({ filter: /^(?:crypto|constants)$/ }, ({ path }) => ({
      path,
      namespace: "node",
    }));
    build.onLoad({ filter: /.*/, namespace: "node" }, ({ path }) => ({
      contents: `export * from "node:${path}"; export { default } from "node:${path}";`,
    }));
  },
};

/** Bundles a module of the tests as a Worker and runs it in bare workerd, without a network. */
export async function startBareWorker(entry: string, { storage, object }: Bindings = {}) {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-worker-"));
  const bundle = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["node:*"],
    plugins: [nodeNames],
    // As wrangler bundles.
    platform: "browser",
    mainFields: ["browser", "module", "main"],
    conditions: ["workerd", "worker", "browser"],
    write: false,
  });
  writeFileSync(join(folder, "worker.js"), bundle.outputFiles[0]?.text ?? "");
  const port = await freePort();
  const config = join(folder, "config.capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    ${storage === undefined ? "" : `(name = "storage", external = (address = "${storage}", http = ())),`}
    (name = "objects", disk = (path = "${folder}", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-10-30",
  bindings = [
    ${storage === undefined ? "" : STORAGE_BINDINGS}
    ${object === undefined ? "" : `(name = "${object.binding}", durableObjectNamespace = "${object.className}"),`}
  ],
  ${
    object === undefined
      ? ""
      : `durableObjectNamespaces = [(className = "${object.className}", uniqueKey = "object", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),`
  }
);`,
  );
  const { default: workerd } = createRequire(import.meta.url)("workerd") as { default: string };
  const child = spawn(workerd, ["serve", "--experimental", config], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, () => log);
  return {
    url,
    close: () => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
