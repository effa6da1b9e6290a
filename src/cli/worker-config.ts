import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "jsonc-parser";
import { isClone, packageRoot } from "./package-root.ts";

/**
 * Writes wrangler's configuration for a local start into `folder`, and gives its path. It is that of
 * the package with the path of the Worker filled in: the source in a clone, else what was built.
 * wrangler writes its own files beside it, so nothing is ever written into the package.
 */
export function writeWorkerConfig(folder: string): string {
  const root = packageRoot();
  const text = readFileSync(join(root, "wrangler.jsonc"), "utf8");
  // The rules are checked already, and the script that does it is in a clone only.
  const { $schema: _schema, build: _build, ...config } = parse(text) as Record<string, unknown>;
  const main = join(
    root,
    isClone() ? "src/runtime/workers/index.ts" : "dist/runtime/workers/index.js",
  );
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "wrangler.json");
  writeFileSync(path, `${JSON.stringify({ ...config, main }, undefined, 2)}\n`);
  return path;
}
