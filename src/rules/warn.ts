import type { PathStep, WarningCode } from "./fault.ts";
import type { ReadRules } from "./load.ts";

export type ValidRules = Extract<ReadRules, { kind: "valid" }>;

/** Records a warning at a place of the file. */
export type Warn = (path: readonly PathStep[], code: WarningCode, message: string) => void;

/** Calls back for one word or each of a list; warns of an empty list, which nothing matches. */
export function eachWord(
  value: string | readonly string[] | undefined,
  path: readonly PathStep[],
  warn: Warn,
  see: (word: string, at: readonly PathStep[]) => void,
): void {
  if (value === undefined) return;
  if (typeof value === "string") see(value, path);
  else if (value.length === 0) warn(path, "never-matches", "an empty list matches nothing");
  else value.forEach((word, i) => see(word, [...path, i]));
}
