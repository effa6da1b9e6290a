import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { undiciParts } from "../../scripts/build/undici.ts";
import { madeOnce } from "./made-once.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Modules find what lies beside them as the sources do. */
const asSources: Plugin = {
  name: "as-sources",
  setup(bundler) {
    bundler.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: text.replaceAll("import.meta.url", url), loader: "ts" };
    });
  },
};

/**
 * The module of the command, bundled once in a test run: it starts in a third of the processor time that
 * the 600 files of its sources take. `npm run wayleave`, which starts those, has tests of its own.
 */
export async function builtCommand(): Promise<string> {
  const folder = await madeOnce("command", async (outdir) => {
    await build({
      absWorkingDir: ROOT,
      entryPoints: { main: "src/cli/main.ts" },
      outdir,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "es2024",
      packages: "external",
      external: ["#*"],
      plugins: [undiciParts(ROOT, () => {}), asSources],
      legalComments: "none",
      logLevel: "warning",
    });
  });
  return join(folder, "main.js");
}
