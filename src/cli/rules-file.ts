import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readRules, RulesError, type LoadedRules, type ReadRules } from "../rules/load.ts";
import { packageRoot } from "./package-root.ts";
import { UsageError } from "./usage.ts";

/** A rules file as read from disk, with what became of it. */
export interface RulesFileOnDisk {
  /** The path as it was given. */
  readonly file: string;
  readonly text: string;
  readonly read: ReadRules;
}

/** Reads a rules file and the bot table it names; the default one without a path. */
export function readRulesFile(path: string | undefined): RulesFileOnDisk {
  const file = path ?? defaultRules();
  const text = readText(file);
  if (text === undefined) throw new UsageError(`can't read the rules file ${file}`);
  const builtIn = readText(join(packageRoot(), "rules", "bots.jsonc")) ?? "[]";
  const read = readRules(text, builtIn, (table) => readText(besides(file, table)));
  return { file, text, read };
}

/** The rules of a file for a command that needs them whole; their faults are the user's to mend. */
export function loadRulesFile(path: string | undefined): LoadedRules & { readonly file: string } {
  const { file, read } = readRulesFile(path);
  if (read.kind === "valid") return { file, rules: read.rules, bots: read.bots };
  const faulty = read.table === undefined ? file : besides(file, read.table);
  const { message } = new RulesError(faulty, read.faults);
  throw new UsageError(`the rules have faults\n${message}`);
}

/** Where a file named in a rules file is. */
export function besides(file: string, named: string): string {
  return resolve(named) === named ? named : join(dirname(file), named);
}

/** A file's text; undefined where there is none to read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The operator's own, else the ones that come along. */
function defaultRules(): string {
  const own = join("rules", "default.jsonc");
  return existsSync(own) ? own : join(packageRoot(), "rules", "default.jsonc");
}
