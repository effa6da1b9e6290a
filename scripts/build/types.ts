import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";

/** Libraries whose types are copied, as far as an entry point reaches them. */
const COPIED = new Set(["valibot"]);

/**
 * Writes a declaration file for each entry point, and two with the types that they share: a file for each
 * module would take twice the blocks of disk. Throws if they name a package that an installation lacks.
 *
 * @param entries modules below `src`, without extension
 * @param installed packages that an installation may have
 */
export async function bundleTypes(
  root: string,
  dist: string,
  entries: readonly string[],
  installed: readonly string[],
): Promise<void> {
  // Libraries are found from here as from the sources.
  const folder = mkdtempSync(join(root, "node_modules", ".types-"));
  try {
    emitTypes(root, folder);
    const bundle = await rolldown({
      cwd: root,
      input: Object.fromEntries(entries.map((entry) => [entry, join(folder, `${entry}.d.ts`)])),
      external: (id) => !id.startsWith(".") && !isAbsolute(id) && !COPIED.has(id),
      platform: "node",
      checks: { bundlerTimings: false },
      plugins: [dts({ dtsInput: true, emitDtsOnly: true, tsconfig: false, generator: "oxc" })],
    });
    const { output } = await bundle.write({
      dir: dist,
      entryFileNames: "[name].d.ts",
      chunkFileNames: "types/[name].d.ts",
      codeSplitting: {
        groups: [
          { name: "libraries", test: /[/\\]node_modules[/\\](?!\.types-)/, priority: 1 },
          { name: "shared", minShareCount: 2 },
        ],
      },
    });
    await bundle.close();
    for (const file of output) {
      const imported = file.type === "chunk" ? file.imports : [];
      const missing = imported.find((name) => !isThere(name, output, installed));
      if (missing !== undefined) {
        throw new Error(`${file.fileName} has types of ${missing}, which no installation has`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether an import is one of the files, of the runtime, or of a package that may be installed. */
function isThere(
  name: string,
  files: readonly { readonly fileName: string }[],
  installed: readonly string[],
): boolean {
  return (
    files.some(({ fileName }) => fileName === name) ||
    /^(?:node|cloudflare):/.test(name) ||
    installed.some((each) => name === each || name.startsWith(`${each}/`))
  );
}

/** Writes a declaration file for each module. */
function emitTypes(root: string, folder: string): void {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const argv = [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", folder];
  const { status } = spawnSync(process.execPath, argv, { stdio: "inherit" });
  if (status !== 0) throw new Error("the sources have type errors");
}
