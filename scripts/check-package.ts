// Proves the package: what is in it, what publint and attw say, and that it works where it is
// installed from the tarball into an empty folder, on both runtimes.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const ROOT = join(import.meta.dirname, "..");
const PORT = 8793;
/** What belongs into the package; everything else is a mistake. */
const CONTENTS =
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|wrangler\.jsonc|scripts\/(?:node-version|wayleave)\.mjs|(?:dist|rules|fixtures\/site)\/.+|wasm\/.+\.wasm)$/;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const folder = mkdtempSync(join(tmpdir(), "wayleave-package-"));
try {
  const tarball = pack();
  say("publint", run(ROOT, "npx", "publint", "run", tarball, "--strict"));
  run(ROOT, "npx", "attw", tarball, "--profile", "esm-only", ...dataEntrances());
  say("attw", "types resolve for every entrance");
  const home = join(folder, "home");
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), '{ "private": true, "type": "module" }\n');
  run(home, "npm", "i", "--prefer-offline", tarball);
  say("npm i", "installed into an empty folder");
  say("imports", importAll(home));
  say("types", checkTypes(home));
  say("deploy", deployDry(home));
  for (const runtime of ["node", "workers"]) say(runtime, await serveDemo(home, runtime));
  if (existsSync(join(home, "node_modules", "wayleave", ".wrangler"))) {
    throw new Error("something was written into the installed package");
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack(): string {
  const text = run(ROOT, "npm", "pack", "--json", "--pack-destination", folder);
  const [packed] = JSON.parse(text.slice(text.indexOf("["))) as [Packed];
  const strange = packed.files.filter(({ path }) => !CONTENTS.test(path));
  if (strange.length > 0) throw new Error(`in the package: ${strange.map((f) => f.path).join()}`);
  const count = `${packed.files.length} files, ${Math.round(packed.size / 1024)} KiB`;
  say("npm pack", count);
  return join(folder, packed.filename);
}

/** Entrances that are no modules, which attw can't say anything about. */
function dataEntrances(): string[] {
  const data = entrances().filter((name) => /\.(?:wasm|jsonc?)$/.test(name));
  return data.length === 0 ? [] : ["--exclude-entrypoints", ...data];
}

function entrances(): string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    exports: Record<string, unknown>;
  };
  return Object.keys(exports).map((name) => name.replace(/^\.\/?/, ""));
}

function modules(): string[] {
  const names = entrances().filter((name) => !/\.(?:wasm|jsonc?)$/.test(name));
  return names.map((name) => (name === "" ? "wayleave" : `wayleave/${name}`));
}

/** Every module loads on Node, short of the Worker, whose imports only a bundler knows. */
function importAll(home: string): string {
  const names = modules().filter((name) => name !== "wayleave/workers");
  const lines = names.map((name) => `await import(${JSON.stringify(name)});`);
  writeFileSync(join(home, "imports.js"), lines.join("\n"));
  run(home, process.execPath, "--disable-warning=ExperimentalWarning", "imports.js");
  return `${names.length} modules load`;
}

/** The README's middleware, as TypeScript sees it from outside; a wrong option must be an error. */
function checkTypes(home: string): string {
  const code = `
import { Hono } from "hono";
import { wayleave, type WayleaveOptions } from "wayleave";
import { nativeDcz } from "wayleave/codecs/zstd-native";
import { createPipeline } from "wayleave/pipeline";
import type { Stage } from "wayleave/pipeline/stage";
${modules()
  .map((name, i) => `import * as m${i} from ${JSON.stringify(name)};`)
  .join("\n")}
const app = new Hono();
const dcz = nativeDcz();
app.use(wayleave({ app, rules: { defaults: { markdown: true } }, codecs: dcz ? [dcz] : [] }));
// @ts-expect-error: a misspelt feature
const wrong: WayleaveOptions = { rules: { defaults: { markdwon: true } } };
// @ts-expect-error: a stage has a name
const stage: Stage = { feature: "markdown", varyOn: [] };
console.log(createPipeline, wrong, stage, ${modules()
    .map((_, i) => `m${i}`)
    .join(", ")});
`;
  writeFileSync(join(home, "types.ts"), code);
  const compilerOptions = {
    target: "es2024",
    lib: ["es2024", "dom", "dom.iterable", "dom.asynciterable", "esnext.typedarrays"],
    module: "nodenext",
    strict: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules", "@types")],
    skipLibCheck: true,
  };
  const tsconfig = { compilerOptions, files: ["types.ts"] };
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify(tsconfig));
  run(home, process.execPath, join(ROOT, "node_modules", "typescript", "bin", "tsc"));
  return "a strict program outside compiles, and its mistakes do not";
}

/** A Worker of one's own from the package, as the README says. */
function deployDry(home: string): string {
  const config = readFileSync(join(ROOT, "wrangler.jsonc"), "utf8")
    .replace(/"\$schema".*\n/, "")
    .replace("src/runtime/workers.ts", "node_modules/wayleave/dist/runtime/workers.js");
  writeFileSync(join(home, "wrangler.jsonc"), config);
  const text = run(home, "npx", "wrangler", "deploy", "--dry-run", "--outdir", "out");
  rmSync(join(home, "wrangler.jsonc"));
  return /Total Upload: .*/.exec(text)?.[0] ?? "bundled";
}

async function serveDemo(home: string, runtime: string): Promise<string> {
  const argv = ["wayleave", "start", "--runtime", runtime, "--port", String(PORT)];
  const started = performance.now();
  const child = spawn("npx", argv, {
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  try {
    await new Promise<void>((resolve, reject) => {
      const listen = (text: string): void => {
        said += text;
        if (/^ready /m.test(said)) resolve();
      };
      child.stdout.setEncoding("utf8").on("data", listen);
      child.stderr.setEncoding("utf8").on("data", listen);
      child.once("exit", () => reject(new Error(`it ended:\n${said}`)));
    });
    const ready = Math.round(performance.now() - started);
    const url = `http://127.0.0.1:${PORT}`;
    const page = await fetch(`${url}/install/index.md`);
    const text = await page.text();
    if (!text.includes("# Install")) throw new Error(`no markdown but ${page.status}: ${text}`);
    const dictionary = await (await fetch(`${url}/assets/app.v1.js`)).bytes();
    const hash = Buffer.from(await crypto.subtle.digest("SHA-256", dictionary)).toString("base64");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const offer = ["-H", "Accept-Encoding: dcz", "-H", `Available-Dictionary: :${hash}:`];
    const what = ["-s", "-o", "/dev/null", "-w", "%{size_download}", `${url}/assets/app.v2.js`];
    const delta = run(home, "curl", ...offer, ...what);
    if (Number(delta) > 10_000) throw new Error(`no delta but ${delta} bytes`);
    return `ready after ${ready} ms; markdown, and a delta of ${delta} bytes`;
  } finally {
    if (child.exitCode === null) process.kill(-(child.pid as number), "SIGKILL");
  }
}

function run(cwd: string, command: string, ...argv: string[]): string {
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };
  try {
    const stdio = ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"];
    return execFileSync(command, argv, { cwd, env, stdio, encoding: "utf8", maxBuffer: 1 << 28 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${argv.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

function say(what: string, result: string): void {
  const last = result.trim().split("\n").at(-1) ?? "";
  console.log(`${what.padEnd(10)} ${last}`);
}
