import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PRODUCT_URL, VERSION } from "../src/pipeline/own-requests.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

interface Package {
  readonly version: string;
  readonly homepage: string;
  readonly bugs: { readonly url: string };
  readonly repository: { readonly url: string };
  readonly exports: Readonly<Record<string, string | { types: string; default: string }>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}
const pkg = JSON.parse(read("package.json")) as Package;

/** Every entry point, and some of what is imported from it; data has none. */
const ENTRY_POINTS: Readonly<Record<string, readonly string[]>> = {
  ".": ["wayleave"],
  "./node": [
    "serve",
    "nodeIdentity",
    "nodeServices",
    "nodeDeltaCodecs",
    "nodePlainCodecs",
    "NODE_DECODABLE",
  ],
  // Its imports are for a bundler: test/runtime runs it.
  "./workers": [],
  "./feature": ["defineFeature", "modeEntries", "FeatureError"],
  "./features": ["FEATURES"],
  "./rules": ["loadRules", "readRules", "findWarnings", "RulesError"],
  "./cache": ["ResponseCache", "Entries", "BlobCache", "readSettings", "formatCacheStatus"],
  "./store": ["memoryStore", "memoryReplay", "storedGenerations", "limitedStore"],
  "./store/sqlite": ["sqliteStore", "lastingSqliteStore", "sqliteReplay"],
  "./store/redis": ["redisStore"],
  "./store/cloudflare": ["cloudflareStore"],
  "./codecs": ["wasmDcb", "wasmDcz", "wasmBrotli"],
  "./turndown": ["createTurndownEngine", "turndownEngine"],
  "./dcb.wasm": [],
  "./zstd.wasm": [],
  "./schema.json": [],
  "./bots.jsonc": [],
  "./package.json": [],
};

describe("the entry points", () => {
  it("are these, and no others", () => {
    expect(Object.keys(pkg.exports)).toEqual(Object.keys(ENTRY_POINTS));
  });

  it("are all in the table of docs/package.md, in the same order", () => {
    const rows = [...read("docs/package.md").matchAll(/^\| `wayleave(\/[^`]+)?` /gm)];
    expect(rows.map(([, path = ""]) => `.${path}`)).toEqual(Object.keys(pkg.exports));
  });

  it.each(Object.entries(pkg.exports))("%s has a file behind it", (_, target) => {
    if (typeof target === "string") {
      expect(existsSync(join(ROOT, target))).toBe(true);
      return;
    }
    expect(target.types).toBe(target.default.replace(/\.js$/, ".d.ts"));
    expect(existsSync(sourceOf(target.default))).toBe(true);
  });

  it.each(Object.entries(ENTRY_POINTS).filter(([, names]) => names.length > 0))(
    "%s exports what documents name",
    async (name, names) => {
      const { default: code } = pkg.exports[name] as { default: string };
      const exported = (await import(sourceOf(code))) as Readonly<Record<string, unknown>>;
      expect(Object.keys(exported)).toEqual(expect.arrayContaining([...names]));
    },
  );

  it("are named nowhere under another path", () => {
    const pages = ["README.md", "CONTRIBUTING.md", ...globSync("docs/*.md", { cwd: ROOT })];
    const named = pages
      .map(read)
      .join("\n")
      .matchAll(/["`]wayleave(\/[\w./-]+)["`]/g);
    const unknown = [...named].map(([, path]) => `.${path}`);
    expect(unknown.filter((path) => !Object.hasOwn(pkg.exports, path))).toEqual([]);
  });
});

function sourceOf(code: string): string {
  return join(ROOT, code.replace("./dist/", "src/").replace(/\.js$/, ".ts"));
}

describe("the dependencies", () => {
  it("are all that sources import; a package in no list is bundled", () => {
    const code = globSync("src/**/*.ts", { cwd: ROOT }).map(read).join("\n");
    const imports = code.matchAll(/(?:from |import\()"((?:@[\w-]+\/)?[a-z][\w-]*)[/"]/g);
    const names = new Set([...imports].map(([, name]) => name as string));
    expect(names).toContain("entities");
    const known = { ...pkg.devDependencies, ...pkg.dependencies };
    expect([...names].filter((name) => !Object.hasOwn(known, name))).toEqual([]);
  });

  it("are bundled: npm installs none of them", () => {
    expect(pkg.dependencies ?? {}).toEqual({});
  });

  it("that are optional peers are in a clone, in a version that is in range", () => {
    const optional = Object.keys(pkg.peerDependenciesMeta);
    expect(Object.keys(pkg.peerDependencies).filter((name) => !optional.includes(name))).toEqual([
      "hono",
    ]);
    for (const name of optional) {
      const [, kind, least = ""] =
        /^(\^|>=|)([\d.]+)$/.exec(pkg.peerDependencies[name] ?? "") ?? [];
      const version = pkg.devDependencies[name] ?? "";
      const isSame = kind === "^" ? majorOf(version) === majorOf(least) : version === least;
      expect(kind === ">=" || isSame, name).toBe(true);
      expect(version.localeCompare(least, "en", { numeric: true }), name).toBeGreaterThanOrEqual(0);
    }
  });

  it("that are optional peers are in the table of docs/package.md", () => {
    const text = read("docs/package.md");
    for (const name of Object.keys(pkg.peerDependenciesMeta)) expect(text).toContain(`\`${name}\``);
  });

  it("contain the WebAssembly that is copied into the tree", () => {
    const copy = readFileSync(join(ROOT, "wasm/zstd/zstd.wasm"));
    const original = join(ROOT, "node_modules/@bokuweb/zstd-wasm/dist/esm/zstd.wasm");
    expect(copy.equals(readFileSync(original))).toBe(true);
  });
});

/** What a caret range holds fast: the first part that is not 0, and those before it. */
function majorOf(version: string): string | undefined {
  return /^(?:0\.)*\d+/.exec(version)?.[0];
}

describe("the address of the project", () => {
  it("is the same in any folder", () => {
    const { homepage, bugs, repository } = pkg;
    expect(PRODUCT_URL).toBe(homepage);
    expect(bugs.url).toBe(`${homepage}/issues`);
    expect(repository.url).toBe(`git+${homepage}.git`);
    expect(VERSION).toBe(pkg.version);
  });

  it.each([
    ["SECURITY.md", "/security/advisories/new"],
    [".github/ISSUE_TEMPLATE/config.yml", "/security/advisories/new"],
    ["CONTRIBUTING.md", "/issues"],
  ])("%s has it from package.json", (page, path) => {
    const text = read(page);
    expect(text).toContain(`${pkg.homepage}${path}`);
    const links = [...text.matchAll(/https:\/\/[^\s)>"']*wayleave[^\s)>"']*/g)];
    for (const [link] of links) expect(link.startsWith(pkg.homepage)).toBe(true);
  });
});

describe("the package", () => {
  it("contains the files that its command and its readers need", () => {
    expect(pkg.bin).toEqual({ wayleave: "./scripts/wayleave.mjs" });
    const needed = ["docs", "rules", "scripts/wayleave.mjs", "SECURITY.md"];
    expect(pkg.files).toEqual(expect.arrayContaining(needed));
    expect(pkg.files).toContain("scripts/node-version.mjs");
    expect(pkg.files.filter((name) => /pinned|scripts\/node\.mjs/.test(name))).toEqual([]);
  });
});
