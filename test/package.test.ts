import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const { exports, bin, files, dependencies, peerDependencies } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
) as {
  exports: Record<string, string | { types: string; default: string }>;
  bin: Record<string, string>;
  files: string[];
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};

/** Source files of a folder, without their extension. */
function sources(folder: string): string[] {
  return readdirSync(join(ROOT, "src", folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name.replace(/\.ts$/, ""));
}

describe("the package", () => {
  it.each(readdirSync(join(ROOT, "src", "stages")))("has an entrance for the stage %s", (stage) => {
    expect(exports).toHaveProperty(
      [`./stages/${stage}`, "default"],
      `./dist/stages/${stage}/stage.js`,
    );
  });

  it.each(sources("codecs"))("has an entrance for the codec %s", (codec) => {
    expect(exports).toHaveProperty([`./codecs/${codec}`, "default"], `./dist/codecs/${codec}.js`);
  });

  it.each(sources("store").filter((name) => name !== "store"))(
    "has an entrance for the store %s",
    (store) => {
      expect(exports).toHaveProperty([`./stores/${store}`, "default"], `./dist/store/${store}.js`);
    },
  );

  it.each(Object.entries(exports).filter(([, target]) => typeof target === "object"))(
    "has a source behind the entrance %s",
    (_, target) => {
      const { types, default: code } = target as { types: string; default: string };
      expect(types).toBe(code.replace(/\.js$/, ".d.ts"));
      const source = code.replace("./dist/", "src/").replace(/\.js$/, ".ts");
      expect(existsSync(join(ROOT, source))).toBe(true);
    },
  );

  it("depends on all that its sources import", () => {
    const known = { ...dependencies, ...peerDependencies };
    const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
    const code = sources
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(ROOT, "src", name), "utf8"))
      .join("\n");
    const imports = code.matchAll(/(?:from |import\()"((?:@[\w-]+\/)?[a-z][\w-]*)[/"]/g);
    const names = [...imports].map(([, name]) => name as string);
    expect(names).toContain("entities");
    const missing = names.filter((name) => !Object.hasOwn(known, name));
    expect(new Set(missing)).toEqual(new Set());
  });

  it("ships what its command needs", () => {
    expect(bin).toEqual({ wayleave: "./scripts/wayleave.mjs" });
    expect(files).toContain("scripts/wayleave.mjs");
    expect(files).toContain("scripts/node-version.mjs");
    expect(files.filter((name) => /pinned|scripts\/node\.mjs/.test(name))).toEqual([]);
  });
});

/** What documentation names as being imported, and from where. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  "../src/middleware.ts": ["wayleave"],
  "../src/runtime/node/index.ts": [
    "serve",
    "nodeIdentity",
    "nodeDeltaCodecs",
    "nodePlainCodecs",
    "NODE_DECODABLE",
  ],
  "../src/codecs/dcb-wasm.ts": ["wasmDcb"],
  "../src/codecs/zstd-wasm.ts": ["wasmDcz"],
};

describe.each(Object.entries(NAMED))("%s", (module, names) => {
  it.each(names)("exports %s", async (name) => {
    const exported = (await import(module)) as Readonly<Record<string, unknown>>;
    expect(exported[name]).toBeTypeOf(name === "NODE_DECODABLE" ? "object" : "function");
  });
});
