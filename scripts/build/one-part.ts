import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";

/** A command of `src/cli/main.ts` that it loads by itself. */
const COMMAND = /\(await import\("(\.\/[^"]+)"\)\)\.(\w+)/g;

/**
 * Bundles all commands but `start` as one part. Each file of a package takes whole blocks of disk, and
 * for the parts that only some commands share esbuild makes a file each.
 */
export function oneCommandPart(root: string): Plugin {
  const folder = join(root, "src", "cli");
  const main = readFileSync(join(folder, "main.ts"), "utf8");
  const commands = [...main.matchAll(COMMAND)].filter(([, , name]) => name !== "start");
  const paths = new Set(commands.map(([, path]) => path));
  const contents = commands
    .map(([, path, name]) => `export { ${name} } from "${path}";`)
    .join("\n");
  return {
    name: "one-command-part",
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path, kind, importer }) =>
        kind === "dynamic-import" && importer === join(folder, "main.ts") && paths.has(path)
          ? { path: "commands", namespace: "commands" }
          : undefined,
      );
      build.onLoad({ filter: /./, namespace: "commands" }, () => ({
        contents,
        resolveDir: folder,
        loader: "ts",
      }));
    },
  };
}
