// Compiles src to dist, and brings along what dist can't take from the clone's node_modules.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import process from "node:process";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");

rmSync(DIST, { recursive: true, force: true });
const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", join(ROOT, "tsconfig.build.json")], {
  stdio: "inherit",
});
if (status !== 0) process.exit(1);

// A package manager puts dependencies where it likes, and theirs do not export their WebAssembly:
// such a file goes into dist, and the import is pointed at it.
const INTO_DEPENDENCY = /(?<=\bfrom ")(?:\.\.\/)+(node_modules\/[^"]+)(?=")/g;
for (const name of readdirSync(DIST, { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".js")) continue;
  const file = join(DIST, name);
  const code = readFileSync(file, "utf8");
  const pointed = code.replace(INTO_DEPENDENCY, (_, path: string) => vendor(file, path));
  if (pointed !== code) writeFileSync(file, pointed);
}

/** Copies a file of a dependency into dist; gives how `importer` names it there. */
function vendor(importer: string, path: string): string {
  const target = join(DIST, "vendor", basename(path));
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(ROOT, path), target);
  return relative(dirname(importer), target).replaceAll("\\", "/");
}
