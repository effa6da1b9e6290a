// Builds of the app by real tools, installed into a temporary folder; sites without a tool here are modelled.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join } from "node:path";
import process from "node:process";
import { ROUTES, sourcesOf, writeSources } from "./sources.ts";

/** The files of one version of a site, by address. */
export type Deploy = ReadonlyMap<string, Buffer>;

/** A way to name files, by a tool or by a model of one. */
export interface Bundler {
  readonly name: string;
  /** Whether the names are modelled, because the tool is not an npm package. */
  readonly isModel?: boolean;
  build(version: number): Deploy;
}

/** The folder with the tools, sources and builds. */
export const FOLDER = join(tmpdir(), "wayleave-bench-bundlers");
const PACKAGES = [
  "vite@8.4.0",
  "webpack@5.113.0",
  "webpack-cli@7.3.1",
  "css-loader@7",
  "rollup@4.68.8",
  "esbuild@0.28.2",
  "next@16.4.6",
  "react@19.3.1",
  "react-dom@19.3.1",
];

/** Installs the tools, once; they run no scripts but that of esbuild. */
export function installTools(): void {
  if (existsSync(join(FOLDER, "node_modules/next"))) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, "package.json"), '{ "private": true, "type": "module" }\n');
  const flags = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
  execFileSync("npm", [...flags, ...PACKAGES], { cwd: FOLDER, stdio: "inherit" });
}

export const APP = join(FOLDER, "app");
const OUT = join(FOLDER, "out");

/** Runs an installed tool in the folder. */
export function run(
  tool: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): void {
  execFileSync(join(FOLDER, "node_modules/.bin", tool), args, {
    cwd: FOLDER,
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

/** The scripts and styles of a folder, under a prefix. */
function filesIn(folder: string, prefix: string): Deploy {
  const names = globSync("**/*.{js,css}", { cwd: folder });
  return new Map(
    names.toSorted().map((name) => [`${prefix}/${name}`, readFileSync(join(folder, name))]),
  );
}

/** Builds in the same folder each time, since some hashes depend on paths; stores the result. */
function built(
  name: string,
  version: number,
  prefix: string,
  build: () => void,
  out = OUT,
): Deploy {
  const stored = join(FOLDER, "built", name, String(version));
  if (!existsSync(stored)) {
    writeSources(APP, version);
    rmSync(OUT, { recursive: true, force: true });
    build();
    for (const [path, content] of filesIn(out, "")) {
      mkdirSync(dirname(join(stored, path)), { recursive: true });
      writeFileSync(join(stored, path), content);
    }
  }
  return filesIn(stored, prefix);
}

/** Vite's configuration with its input, below the folder. */
export const viteConfig = (input: string): string =>
  `export default { root: "app", logLevel: "error", build: { outDir: "../out", emptyOutDir: true, rollupOptions: { input: "${input}" } } };`;
const ROLLUP = `export default { input: "app/main.js", onwarn() {}, output: { dir: "out", format: "es", entryFileNames: "[name]-[hash].js", chunkFileNames: "[name]-[hash].js", compact: true } };`;

const webpackConfig = (ids: string, file: string): string =>
  `export default { mode: "production", entry: { main: "./app/main.js" }, output: { path: process.cwd() + "/out", filename: "${file}", chunkFilename: "${file}", publicPath: "/" }, optimization: { chunkIds: "${ids}", moduleIds: "deterministic", runtimeChunk: "single", splitChunks: { chunks: "all", minSize: 2000 } }, performance: false };`;

function webpack(name: string, ids: string, file: string): Bundler {
  return {
    name,
    build: (version) =>
      built(name, version, "/static/js", () => {
        writeFileSync(join(FOLDER, "webpack.config.mjs"), webpackConfig(ids, file));
        run("webpack", ["--config", "webpack.config.mjs"]);
      }),
  };
}

function next(name: string, flag: string): Bundler {
  return {
    name,
    build: (version) =>
      built(
        name,
        version,
        "/_next/static",
        () => {
          buildNext(version, flag);
        },
        join(FOLDER, "site/.next/static"),
      ),
  };
}

/** Builds the site with Next.js; its files are in `site/.next`. */
export function buildNext(version: number, flag: string): void {
  const site = join(FOLDER, "site");
  writeSources(join(site, "source"), version, nextPages());
  rmSync(join(site, "app"), { recursive: true, force: true });
  for (const [path, text] of nextPages()) {
    mkdirSync(dirname(join(site, path)), { recursive: true });
    writeFileSync(join(site, path), text);
  }
  writeFileSync(join(site, "package.json"), '{ "private": true }\n');
  writeFileSync(
    join(site, "next.config.mjs"),
    `export default { generateBuildId: () => "build-${version}" };\n`,
  );
  rmSync(join(site, ".next"), { recursive: true, force: true });
  run("next", ["build", "site", flag]);
}

/** An app router page for each route, drawn in the client. */
function nextPages(): ReadonlyMap<string, string> {
  const pages = ROUTES.map((name): [string, string] => [
    `app/${name === "home" ? "" : `${name}/`}page.js`,
    `"use client";\nimport { useState } from "react";\nimport { run } from "${name === "home" ? ".." : "../.."}/source/routes/${name}.js";\nexport default function Page() { const [text, set] = useState(""); return <button onClick={() => set(JSON.stringify(run({})))}>{text}</button>; }\n`,
  ]);
  const layout = `import "../source/style.css";\nexport default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }\n`;
  return new Map([...pages, ["app/layout.js", layout]]);
}

/** Names as a server framework gives them, to what esbuild makes of the app. */
function modelled(
  name: string,
  rename: (path: string, content: Buffer, version: number) => string,
): Bundler {
  return {
    name,
    isModel: true,
    build: (version) => {
      const plain = built("plain", version, "", () =>
        run("esbuild", [...ESBUILD, "--entry-names=[name]", "--chunk-names=parts/[name]"]),
      );
      // Chunks with names of their own: without hashes, esbuild would number them.
      const files = [...plain].filter(([path]) => !path.startsWith("/parts/chunk"));
      return new Map(files.map(([path, content]) => [rename(path, content, version), content]));
    },
  };
}

const ESBUILD = [
  "app/main.js",
  "app/style.css",
  "app/vendor.js",
  ...ROUTES.map((name) => `app/routes/${name}.js`),
  "--bundle",
  "--minify",
  "--format=esm",
  "--outdir=out",
  "--log-level=error",
];

/** Splits the application by esbuild, into files with a name and a hash. */
function split(...more: readonly string[]): void {
  const entries = ["app/main.js", "app/style.css"];
  run("esbuild", [
    ...entries,
    ...ESBUILD.slice(-5),
    "--splitting",
    "--entry-names=[name]-[hash]",
    ...more,
  ]);
}

const digest = (content: Buffer, length: number): string =>
  createHash("sha256").update(content).digest("hex").slice(0, length);

const withDigest = (path: string, mark: string): string =>
  path.slice(0, -extname(path).length) + mark + extname(path);

/** All naming schemes that are measured. */
export const BUNDLERS: readonly Bundler[] = [
  {
    name: "Vite",
    build: (version) =>
      built("vite", version, "", () => {
        writeFileSync(join(FOLDER, "vite.config.mjs"), viteConfig("app/main.js"));
        run("vite", ["build"]);
      }),
  },
  {
    name: "Rollup",
    build: (version) =>
      built("rollup", version, "/assets", () => {
        writeFileSync(join(FOLDER, "rollup.config.mjs"), ROLLUP);
        run("rollup", ["-c", "rollup.config.mjs"]);
      }),
  },
  webpack("webpack, names", "named", "[name].[contenthash].js"),
  webpack("webpack, ids", "deterministic", "[id].[contenthash].js"),
  webpack("webpack, hash only", "deterministic", "[contenthash].js"),
  {
    name: "esbuild",
    build: (version) => built("esbuild", version, "/dist", () => split()),
  },
  next("Next, webpack", "--webpack"),
  next("Next, Turbopack", "--turbopack"),
  {
    // The application builder of Angular is esbuild with these names.
    name: "Angular",
    isModel: true,
    build: (version) => built("angular", version, "", () => split("--chunk-names=chunk-[hash]")),
  },
  modelled("Rails", (path, content) => `/assets${withDigest(path, `-${digest(content, 64)}`)}`),
  modelled("Django", (path, content) => `/static${withDigest(path, `.${digest(content, 12)}`)}`),
  modelled(
    "WordPress ?ver=",
    (path, _, version) => `/wp-content/themes/shop${path}?ver=2.${version}.0`,
  ),
  modelled("main.js", (path) => `/js${path}`),
];

/** The names of all files of a deploy, for messages. */
export function namesOf(deploy: Deploy): string {
  return [...deploy.keys()].map((each) => basename(each)).join(" ");
}

export { sourcesOf };
