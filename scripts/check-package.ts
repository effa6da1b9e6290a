// Proves the package: what is in it, what publint and attw say, how much it weighs, and that it works
// if it is installed from the tarball into an empty folder, on both runtimes.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { checkTypes } from "./check-package/types.ts";
import { serveDemo } from "./check-package/demo.ts";
import { fails, freePort, ROOT, run } from "./check-package/run.ts";

/** The files that belong into the package; any other file is a mistake. */
const CONTENTS =
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|wrangler\.jsonc|scripts\/(?:node-version|wayleave)\.mjs|(?:dist|docs|rules|fixtures\/site)\/.+|wasm\/\w+\/(?:\w+\.wasm|LICENSE))$/;

/** Mebibytes on disk, at most. */
const MOST = { middleware: 10, node: 30 } as const;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const { exports, devDependencies } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
) as Manifest;
const entryPoints = Object.keys(exports).map((name) => name.replace(/^\.\/?/, ""));
const data = entryPoints.filter((name) => /\.(?:wasm|jsonc?)$/.test(name));
const modules = entryPoints
  .filter((name) => !data.includes(name))
  .map((name) => (name === "" ? "wayleave" : `wayleave/${name}`));

const folder = mkdtempSync(join(tmpdir(), "wayleave-package-"));
try {
  const tarball = pack();
  say("publint", run(ROOT, "npx", "publint", "run", tarball, "--strict"));
  run(ROOT, "npx", "attw", tarball, "--profile", "esm-only", "--exclude-entrypoints", ...data);
  say("attw", "types resolve for every entry point");
  const home = join(folder, "home");
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), '{ "private": true, "type": "module" }\n');
  install(home, tarball, "hono");
  say("middleware", weigh(home, MOST.middleware));
  say("imports", importAll(home, ["wayleave", "wayleave/rules", "wayleave/codecs"]));
  say("check", run(home, "npx", "wayleave", "check").replaceAll(/\s+/g, " "));
  say("node", weigh(home, MOST.node));
  say("node", await serveDemo(home, []));
  const own = ["start", "--port", await freePort(), "--runtime"];
  saysWhatIsMissing(home, [...own, "workers"], "--runtime workers needs wrangler");
  const redis = ["--store", "redis://127.0.0.1:1"];
  saysWhatIsMissing(home, [...own, "node", ...redis], "a redis:// store needs @redis/client");
  const serving = ["audit", "--serve", "--port", "0"];
  saysWhatIsMissing(home, serving, "audit --serve needs @modelcontextprotocol/server");
  const rules = '{ "defaults": { "markdown": { "engine": "turndown" } } }';
  writeFileSync(join(home, "turndown.jsonc"), rules);
  const turndown = ["--rules", "turndown.jsonc"];
  saysWhatIsMissing(home, [...own, "node", ...turndown], '"engine": "turndown" needs ');
  install(home, "wrangler", "@redis/client", "linkedom", "turndown", "@types/turndown");
  install(home, "@cloudflare/workers-types", "@types/node");
  say(
    "imports",
    importAll(
      home,
      modules.filter((name) => name !== "wayleave/workers"),
    ),
  );
  say("turndown", convertByTurndown(home, turndown));
  say("types", checkTypes(home, modules));
  say("deploy", deployDry(home));
  say("workers", await serveDemo(home, ["--runtime", "workers"]));
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

/** Installs packages, in the versions of the lockfile if they are ours. */
function install(home: string, ...names: readonly string[]): void {
  const pinned = names.map((name) => {
    const version = devDependencies[name];
    return version === undefined ? name : `${name}@${version}`;
  });
  run(home, "npm", "i", "--prefer-offline", "--no-audit", "--no-fund", ...pinned);
}

/** The installed size on disk, as `du` counts it; throws above the bound. */
function weigh(home: string, most: number): string {
  const size = Number.parseInt(run(home, "du", "-sk", "node_modules"), 10) / 1024;
  const said = `${size.toFixed(1)} MiB installed, of ${most} MiB`;
  if (size > most) throw new Error(said);
  return said;
}

/** Without an optional package, a command ends with one line that names it, and with exit code 2. */
function saysWhatIsMissing(home: string, argv: readonly string[], what: string): void {
  const { code, err } = fails(home, "npx", "wayleave", ...argv);
  const lines = err
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("--dev: "));
  if (code !== 2 || lines.length !== 1 || !lines[0]?.includes(what)) {
    throw new Error(`expected one line with ${what}, got code ${code} and\n${err}`);
  }
  say("missing", lines[0]);
}

/** Pages are converted by the operator's turndown rules, on a thread of the installed package. */
function convertByTurndown(home: string, rules: readonly string[]): string {
  const added = '{ filter: ["mark"], replacement: (content) => `==${content}==` }';
  writeFileSync(
    join(home, "mark.mjs"),
    `export default (it) => void it.addRule("mark", ${added});`,
  );
  writeFileSync(join(home, "page.html"), "<p>a <mark>b</mark></p>");
  const argv = ["markdown", ...rules, "--turndown", "mark.mjs", "page.html"];
  const markdown = run(home, "npx", "wayleave", ...argv);
  if (!markdown.includes("a ==b==")) throw new Error(`not by the turndown rules:\n${markdown}`);
  return "a page is converted by turndown rules";
}

/** Every module loads on Node, except the Worker, whose imports only a bundler knows. */
function importAll(home: string, names: readonly string[]): string {
  const lines = names.map((name) => `await import(${JSON.stringify(name)});`);
  writeFileSync(join(home, "imports.js"), lines.join("\n"));
  run(home, process.execPath, "--disable-warning=ExperimentalWarning", "imports.js");
  return `${names.length} modules load`;
}

/** A Worker of one's own from the package, as docs/package.md says. */
function deployDry(home: string): string {
  const config = readFileSync(join(ROOT, "wrangler.jsonc"), "utf8")
    .replace(/"(?:\$schema|build)".*\n/g, "")
    .replace("src/runtime/workers/index.ts", "node_modules/wayleave/dist/runtime/workers/index.js");
  writeFileSync(join(home, "wrangler.jsonc"), config);
  const text = run(home, "npx", "wrangler", "deploy", "--dry-run", "--outdir", "out");
  rmSync(join(home, "wrangler.jsonc"));
  return /Total Upload: .*/.exec(text)?.[0] ?? "bundled";
}

function say(what: string, result: string): void {
  const last = result.trim().split("\n").at(-1) ?? "";
  console.log(`${what.padEnd(10)} ${last}`);
}
