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
  const read = readRules(text, builtInBots(), tableReader(file));
  return { file, text, read };
}

/** The text of the bot table that comes along. */
export function builtInBots(): string {
  return readText(join(packageRoot(), "rules", "bots.jsonc")) ?? "[]";
}

/** Reads the bot tables that a rules file may name. */
export function tableReader(file: string): (table: string) => string | undefined {
  return (table) => readText(besides(file, table));
}

/** The rules of a file for a command that needs them whole; their faults are the user's to mend. */
export function loadRulesFile(
  path: string | undefined,
): LoadedRules & { readonly file: string; readonly text: string } {
  const { file, text, read } = readRulesFile(path);
  if (read.kind === "valid") return { file, text, rules: read.rules, bots: read.bots };
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
