import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const folder = process.env["WAYLEAVE_VECTORS"];

/** Whether the published vectors are at hand; the suites that need them say so in their names if not. */
export const hasVectors = folder !== undefined && existsSync(folder);

/** What follows a suite's name where the vectors are missing. */
export const note = hasVectors ? "" : " (skipped: set WAYLEAVE_VECTORS to the folder of vectors)";

export function readVectors(path: string): unknown {
  return JSON.parse(readFileSync(join(folder ?? "", path), "utf8")) as unknown;
}
