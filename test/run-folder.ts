import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { TestProject } from "vitest/node";
import { makeRunFolder, RUN_FOLDER } from "./support/made-once.ts";

const remove = { recursive: true, force: true, maxRetries: 5 };

/** Gives the processes of a run a folder for what they make once, and a cache of compiled modules. */
export default function setup(project: TestProject): () => void {
  const folder = makeRunFolder();
  process.env[RUN_FOLDER] = folder;
  // Commands under test start in half the time. Node compares each entry with its source.
  process.env["NODE_COMPILE_CACHE"] ??= join(
    import.meta.dirname,
    "../node_modules/.cache/compiled",
  );
  // `vitest watch`: what was made of the sources may be out of date.
  project.onTestsRerun(() => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), remove);
  });
  return () => rmSync(folder, remove);
}
