import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";

/** Libraries whose types are copied, as far as an entry point reaches them; all others are imported. */
const COPIED = new Set(["valibot"]);

/**
 * Writes a declaration file for each entry point, and two with the types that they share: a file for each
 * module would take twice the blocks of disk.
 *
 * @param entries modules below `src`, without extension
 */
export async function bundleTypes(
  root: string,
  dist: string,
  entries: readonly string[],
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
      plugins: [dts({ dtsInput: true, emitDtsOnly: true, tsconfig: false, generator: "oxc" })],
    });
    await bundle.write({
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
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes a declaration file for each module. */
function emitTypes(root: string, folder: string): void {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const argv = [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", folder];
  const { status } = spawnSync(process.execPath, argv, { stdio: "inherit" });
  if (status !== 0) throw new Error("the sources have type errors");
}
