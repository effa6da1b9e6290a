import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";

/** Names the folder of a test run, for all its processes; test/run-folder.ts sets it. */
export const RUN_FOLDER = "WAYLEAVE_RUN_FOLDER";

/** Below the packages that what is made may import. */
const CACHE = join(import.meta.dirname, "../../node_modules/.cache");

/** Milliseconds that another process may take to make something. */
const PATIENCE = 120_000;

let own: string | undefined;

/**
 * A folder that `make` fills once in a test run, for all its processes: the first that asks makes it,
 * the others wait. It is removed at the end of the run.
 *
 * @param name a word, different for different content
 * @throws Error what `make` has thrown, in each process that asks
 */
export async function madeOnce(
  name: string,
  make: (folder: string) => Promise<void> | void,
): Promise<string> {
  const folder = join(runFolder(), name);
  const state = `${folder}.state`;
  if (!claim(folder)) {
    await untilMade(name, state);
    return folder;
  }
  try {
    await make(folder);
    writeFileSync(`${state}.new`, "made");
  } catch (error) {
    writeFileSync(`${state}.new`, String(error));
  }
  // Whole or not there: another process reads it while this one writes.
  renameSync(`${state}.new`, state);
  await untilMade(name, state);
  return folder;
}

/** Whether this process is the first that asks for a folder. */
function claim(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function untilMade(name: string, state: string): Promise<void> {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await wait(50)) {
    const said = read(state);
    if (said === "made") return;
    if (said !== undefined) throw new Error(said);
  }
  throw new Error(`${name} was not made in ${PATIENCE / 1000} s; has its process ended?`);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** That of the run; without one, as in a program of test/fuzz, this process has one of its own. */
function runFolder(): string {
  const shared = process.env[RUN_FOLDER];
  if (shared !== undefined) return shared;
  if (own === undefined) {
    const made = makeRunFolder();
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    own = made;
  }
  return own;
}

/** An empty folder for a run; its maker removes it. */
export function makeRunFolder(): string {
  mkdirSync(CACHE, { recursive: true });
  return mkdtempSync(join(CACHE, "wayleave-run-"));
}
