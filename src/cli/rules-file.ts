import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { FeatureList } from "../feature/define.ts";
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
export function readRulesFile(path: string | undefined, features: FeatureList): RulesFileOnDisk {
  const file = path ?? defaultRules();
  const text = readRulesText(file);
  const read = readRules(text, builtInBots(), tableReader(file), features);
  return { file, text, read };
}

/** The text of a rules file; throws a UsageError that says why it can't be read. */
export function readRulesText(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`can't read the rules file ${file}: ${reasonOf(error)}`);
  }
  try {
    // The mark at the start stays: it is the parser's to skip.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`can't read the rules file ${file}: it is not UTF-8`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "no permission",
  EPERM: "no permission",
  EISDIR: "it is a folder",
  ENOTDIR: "it does not exist",
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
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
  features: FeatureList,
): LoadedRules & { readonly file: string; readonly text: string } {
  const { file, text, read } = readRulesFile(path, features);
  if (read.kind === "valid") return { file, text, rules: read.rules, bots: read.bots, features };
  const faulty = read.table === undefined ? file : besides(file, read.table);
  const { message } = new RulesError(faulty, read.faults);
  throw new UsageError(`the rules have faults\n${message}`);
}

/** Where a file named in a rules file is. */
export function besides(file: string, named: string): string {
  return resolve(named) === named ? named : join(dirname(file), named);
}

/** A file's text; undefined if there is none to read. */
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
