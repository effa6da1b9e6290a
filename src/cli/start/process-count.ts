import { availableParallelism } from "node:os";
import { parseNumber } from "../usage.ts";

/** Processes, at most. */
const MOST = 128;

/** Reads `--processes`. @param text a number, or auto for one process per core @default 1 */
export function readProcesses(text: string | undefined): number {
  if (text === "auto") return Math.min(MOST, availableParallelism());
  return parseNumber("--processes", text ?? "1", 1, MOST);
}
