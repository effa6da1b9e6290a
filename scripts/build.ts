// Builds dist: the entry points of package.json as bundles that share their chunks, the types behind
// them, and the licences of what is bundled.
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import { build as bundle, type Metafile, type Plugin } from "esbuild";
import { oneCommandPart } from "./build/one-part.ts";
import { bundleTypes } from "./build/types.ts";
import { undiciParts } from "./build/undici.ts";

const ROOT = join(import.meta.dirname, "..");
/** `dist`, or the folder that the first argument names. */
const DIST = resolve(process.argv[2] ?? join(ROOT, "dist"));

interface Package {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}
const {
  exports,
  dependencies = {},
  peerDependencies,
} = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Package;

/** Modules under dist that others import, and the command; without extension. */
const entries = Object.values(exports)
  .flatMap((target) => (typeof target === "string" ? [] : [target.types]))
  .map((types) => types.replace(/^\.\/dist\/(.+)\.d\.ts$/, "$1"));
/** The command, and the code of threads, which "imports" of package.json name. */
const unexported = [
  "cli/main",
  "runtime/node/dcb-worker",
  "runtime/node/turndown-worker",
  "store/adapters/sqlite/worker",
];
/** Packages that are installed beside this one, and so not bundled. */
const installed = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];

/** Imports what a CommonJS library requires of Node: an ES module has no `require`. */
const nodeRequires: Plugin = {
  name: "node-requires",
  setup(build) {
    build.onResolve({ filter: /^[a-z:/_]+$/ }, ({ path, kind }) =>
      kind === "require-call" && isBuiltin(path)
        ? { path: path.replace(/^(?:node:)?/, "node:"), namespace: "node-requires" }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: "node-requires" }, ({ path }) => ({
      contents: `export * from "${path}"; export { default } from "${path}";`,
    }));
  },
};

const made: Metafile[] = [];
rmSync(DIST, { recursive: true, force: true });
await bundleTypes(ROOT, DIST, entries, installed);
const { metafile: modules } = await bundle({
  absWorkingDir: ROOT,
  entryPoints: Object.fromEntries(
    [...entries, ...unexported].map((entry) => [entry, `src/${entry}.ts`]),
  ),
  outdir: DIST,
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  mainFields: ["module", "main"],
  target: "es2024",
  legalComments: "none",
  // Names stay, so that a stack trace says where it was.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  metafile: true,
  logLevel: "warning",
  plugins: [
    undiciParts(ROOT, (metafile) => made.push(metafile)),
    nodeRequires,
    oneCommandPart(ROOT),
  ],
  // http-message-signatures requires its CommonJS build: a second copy.
  alias: { "structured-headers": "./node_modules/structured-headers/dist/index.js" },
  external: ["#*", "cloudflare:*", ...installed.flatMap((name) => [name, `${name}/*`])],
});
writeFileSync(join(DIST, "THIRD-PARTY.txt"), licencesOf([modules, ...made]));

/** Name, version and licence of each package whose code is in the bundles. */
function licencesOf(metafiles: readonly Metafile[]): string {
  const bundled = new Set(
    metafiles
      .flatMap(({ outputs }) => Object.values(outputs))
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  const parts = [...bundled].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(ROOT, folder, "package.json"), "utf8"),
    ) as Record<"name" | "version" | "license", string>;
    const [file] = globSync("LICEN[SC]E*", { cwd: join(ROOT, folder) });
    if (file === undefined) throw new Error(`${name} ships no licence, so it can't be bundled`);
    const text = readFileSync(join(ROOT, folder, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}
