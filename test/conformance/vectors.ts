import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { needsThat, VECTORS } from "../support/needs.ts";

const folder = process.env["WAYLEAVE_VECTORS"];

/** Whether the published vectors are at hand. */
export const hasVectors = folder !== undefined && existsSync(folder);

/** Options of the suites that need them. */
export const needed = needsThat(hasVectors, VECTORS);

export function readVectors(path: string): unknown {
  return JSON.parse(readFileSync(join(folder ?? "", path), "utf8")) as unknown;
}
