import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import type { TestOptions } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** What a test needs and does not have; the reporter counts the tests skipped for each. */
    missing?: readonly string[];
  }
}

/** Set to 1, a missing program is a failure and not a reason to skip: `.ci/run` installs them all. */
const REQUIRES_ALL = process.env["WAYLEAVE_REQUIRE_ALL"] === "1";

/** Checkers that are no dependency: `WAYLEAVE_CHECKERS` names a folder with their packages. */
export const CHECKERS = "the checkers in WAYLEAVE_CHECKERS";

/** Vectors that others publish: `WAYLEAVE_VECTORS` names their folder; nothing installs them. */
export const VECTORS = "the vectors in WAYLEAVE_VECTORS";

/** Some containers do not give it, not even to root. */
export const MOUNT = "the right to mount a disk in memory";

/** Servers are there, and not on everyone's PATH. */
const MORE_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Parts of other programs, by the name of their Debian package. */
const MODULES: Readonly<Record<string, readonly [program: string, ...argv: string[]]>> = {
  "python3-flask": ["python3", "-c", "import flask"],
};

/**
 * Options of a test or suite that runs external programs: it is skipped if one of them is missing, and
 * the reporter says which. With WAYLEAVE_REQUIRE_ALL=1 a missing program throws instead.
 *
 * `describe("a fleet", needs("redis-server"), () => …)`,
 * `it("…", { ...needs("zstd", "curl"), timeout: 60_000 }, …)`
 *
 * @param programs names of commands, or `python3-flask`
 */
export function needs(...programs: readonly string[]): TestOptions {
  const missing = programs.filter((program) => !hasProgram(program));
  if (missing.length > 0 && REQUIRES_ALL) {
    throw new Error(`${missing.join(", ")} not installed, and WAYLEAVE_REQUIRE_ALL is set`);
  }
  return without(missing);
}

/** Options of a test that needs something else, such as a feature of Node: skipped if it is not there. */
export function needsThat(isThere: boolean, what: string): TestOptions {
  return without(isThere ? [] : [what]);
}

/** Whether a program can be run. Prefer `needs`, which also tells why a test is skipped. */
export function hasProgram(program: string): boolean {
  return programPath(program) !== undefined;
}

/**
 * The path of a program, on PATH or in a folder of system programs; undefined if it is missing. That of
 * `python3-flask` is the Python that has Flask.
 */
export function programPath(program: string): string | undefined {
  if (program === "chromium" && process.env["CHROMIUM"] !== undefined) {
    return process.env["CHROMIUM"];
  }
  const [command, ...argv] = MODULES[program] ?? [program];
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...MORE_FOLDERS];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, command))
    .filter(isExecutable)
    .find((path) => argv.length === 0 || spawnSync(path, argv, { stdio: "ignore" }).status === 0);
}

function without(missing: readonly string[]): TestOptions {
  return missing.length === 0 ? {} : { skip: true, meta: { missing } };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
