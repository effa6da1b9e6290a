import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "jsonc-parser";
import { packageRoot } from "./package-root.ts";

/** The Worker beside this very file: the source in a clone, compiled when installed. */
function workerEntrance(): string {
  const name = `../runtime/workers${extname(import.meta.url)}`;
  return fileURLToPath(new URL(name, import.meta.url));
}

/**
 * Writes wrangler's configuration for a local start into `folder`, and gives its path. It is the one
 * of the package with the Worker's place filled in; wrangler keeps its own files beside it, so
 * nothing is ever written into the package.
 */
export function writeWorkerConfig(folder: string): string {
  const text = readFileSync(join(packageRoot(), "wrangler.jsonc"), "utf8");
  // The rules are checked already, and the script that does it is in a clone only.
  const { $schema: _schema, build: _build, ...config } = parse(text) as Record<string, unknown>;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "wrangler.json");
  writeFileSync(path, `${JSON.stringify({ ...config, main: workerEntrance() }, undefined, 2)}\n`);
  return path;
}
