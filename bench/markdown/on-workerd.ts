import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { freePort, untilReady } from "../../test/support/runtimes.ts";
import { cpuTicks, median } from "../load.ts";

const URL_OF_PAGE = "https://www.example.com/docs/page.html";
const WASM = "mdream_edge_bg.wasm";
const OURS = "wayleave stream";
/** Milliseconds of CPU time of a tick, and those that a converter is warmed with. */
const TICK = 10;
const WARM = 4000;
/** Times that a round converts all pages: the clock is coarse. */
const TIMES = 3;

/** The statements of a module that define `convert`. */
function converters(modules: string | undefined): ReadonlyMap<string, string> {
  const own = fileURLToPath(
    new URL("../../src/features/markdown/stream/index.ts", import.meta.url),
  );
  const found = new Map([
    [
      OURS,
      `import { streamEngine } from ${JSON.stringify(own)};
       const convert = (html) => {
         const converter = streamEngine.open({ url: "${URL_OF_PAGE}" });
         return converter.push(html) + converter.end();
       };`,
    ],
  ]);
  if (modules === undefined) return found;
  const of = (path: string): string => JSON.stringify(join(resolve(modules), "node_modules", path));
  found.set(
    "mdream wasm",
    `import { htmlToMarkdown, initSync } from ${of("mdream/wasm/mdream_edge.js")};
     import module from "./${WASM}";
     initSync({ module });
     const convert = (html) => htmlToMarkdown(html, { origin: "https://www.example.com" });`,
  );
  found.set(
    "@mdream/js",
    `import { htmlToMarkdown } from ${of("@mdream/js/dist/index.mjs")};
     const convert = (html) => htmlToMarkdown(html, { origin: "https://www.example.com" });`,
  );
  found.set(
    "markdown-for-agents",
    `import { convert as convertHtml } from ${of("markdown-for-agents/dist/index.mjs")};
     const convert = (html) => convertHtml(html);`,
  );
  return found;
}

/** The rest of the Worker: it stores pages, and converts them as often as a request says. */
const SERVER = `
let pages = [];
export default {
  async fetch(request) {
    if (request.method === "POST") pages = await request.json();
    let errors = 0;
    for (let left = Number(new URL(request.url).searchParams.get("times")); left > 0; left--) {
      for (const page of pages) {
        try {
          convert(page);
        } catch {
          errors += 1;
        }
      }
    }
    return new Response(String(errors));
  },
};`;

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly folder: string;
}

async function start(source: string, modules: string | undefined): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "wayleave-bench-"));
  const bundle = await build({
    stdin: { contents: source + SERVER, resolveDir: folder },
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", `./${WASM}`],
    write: false,
  });
  writeFileSync(join(folder, "worker.js"), bundle.outputFiles[0]?.text ?? "");
  const hasWasm = source.includes(WASM) && modules !== undefined;
  if (hasWasm) {
    const from = join(resolve(modules), "node_modules/mdream/wasm", WASM);
    copyFileSync(from, join(folder, WASM));
  }
  const port = await freePort();
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [
      (name = "worker", esModule = embed "worker.js"),
      ${hasWasm ? `(name = "${WASM}", wasm = embed "${WASM}"),` : ""}
    ],
    compatibilityDate = "2026-10-30",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);`,
  );
  const { default: workerd } = createRequire(import.meta.url)("workerd") as { default: string };
  const child = spawn(workerd, ["serve", join(folder, "config.capnp")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  process.once("exit", () => child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, () => log);
  return { child, url, folder };
}

/** Converts all pages some times; the CPU time of the process in milliseconds, and the errors. */
async function run({ child, url }: Started, times: number): Promise<[number, number]> {
  const before = cpuTicks(child.pid as number);
  const errors = Number(await (await fetch(`${url}?times=${times}`)).text());
  return [(cpuTicks(child.pid as number) - before) * TICK, errors];
}

/** Compares converters on the same pages in workerd, each in a process of its own. */
export async function compareOnWorkerd(
  pages: readonly string[],
  rounds: number,
  modules: string | undefined,
): Promise<void> {
  const samples = new Map<string, number[]>();
  const started = new Map<string, Started>();
  for (const [name, source] of converters(modules)) {
    const worker = await start(source, modules);
    started.set(name, worker);
    await fetch(worker.url, { method: "POST", body: JSON.stringify(pages) });
    for (let spent = 0; spent < WARM;) {
      const [time, errors] = await run(worker, 1);
      if (errors > 0) console.error(`${name}: ${errors} errors`);
      spent += time;
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, worker] of started) {
      const [time] = await run(worker, TIMES);
      samples.set(name, [...(samples.get(name) ?? []), time / TIMES]);
    }
  }
  for (const { child, folder } of started.values()) {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
  print(samples, pages, rounds);
}

function print(
  samples: ReadonlyMap<string, readonly number[]>,
  pages: readonly string[],
  rounds: number,
): void {
  const size = pages.reduce((sum, page) => sum + page.length, 0);
  const time = (name: string): number => median(samples.get(name) ?? []);
  console.log(`${pages.length} pages, ${(size / 1e6).toFixed(1)} M characters, ${rounds} rounds\n`);
  console.log("| converter on workerd | M characters/s | wayleave stream is faster by |");
  console.log("| --- | --- | --- |");
  for (const name of samples.keys()) {
    const own = time(name);
    const ratio = (own / time(OURS)).toFixed(2);
    console.log(`| ${name} | ${(size / 1e3 / own).toFixed(1)} | ${ratio} |`);
  }
}
