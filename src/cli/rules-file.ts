import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { FeatureList } from "../feature/define.ts";
import { readRules, RulesError, type LoadedRules, type ReadNamed } from "../rules/load.ts";
import type { OfferedRules } from "../runtime/rules-in-force.ts";
import { readDocument } from "./document-file.ts";
import { packageRoot } from "./package-root.ts";
import { UsageError } from "./usage.ts";

/** Reads a rules file (by default rules/default.jsonc), and the bot table that it names. */
export function readRulesFile(path: string | undefined, features: FeatureList) {
  const file = path ?? defaultRules();
  const text = readRulesText(file);
  const read = readRules(text, builtInBots(), fileReader(file), features);
  return { file, text, read };
}

/** Reads the text of a rules file. Throws a UsageError with the reason if that fails. */
export function readRulesText(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`can't read the rules file ${file}: ${reasonOf(error)}`);
  }
  try {
    // The parser skips a byte order mark.
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

/** The text of the built-in bot table. */
export function builtInBots(): string {
  return readText(join(packageRoot(), "rules", "bots.jsonc")) ?? "[]";
}

/** Creates the function that reads a file named in a rules file. */
export function fileReader(file: string): ReadNamed {
  const readers = {
    documents: (named: string) => readDocument(dirname(file), named),
    rules: (named: string) => readText(pathBeside(file, named)),
  };
  return (named, folder = "rules") => readers[folder](named);
}

/** Loads the rules of a file. Throws a UsageError if they have faults. */
export function loadRulesFile(
  path: string | undefined,
  features: FeatureList,
): LoadedRules & { readonly file: string; readonly text: string } {
  return loadedFrom(readRulesFile(path, features), features);
}

/** Loads rules that another process has read from a file. Throws a UsageError if they have faults. */
export function loadOfferedRules(
  path: string | undefined,
  { text, readFile }: OfferedRules,
  features: FeatureList,
): ReturnType<typeof loadRulesFile> {
  const read = readRules(text, builtInBots(), readFile, features);
  return loadedFrom({ file: path ?? defaultRules(), text, read }, features);
}

function loadedFrom(
  { file, text, read }: ReturnType<typeof readRulesFile>,
  features: FeatureList,
): ReturnType<typeof loadRulesFile> {
  if (read.kind === "valid") return { file, text, rules: read.rules, bots: read.bots, features };
  const faulty = read.table === undefined ? file : pathBeside(file, read.table);
  const { message } = new RulesError(faulty, read.faults);
  throw new UsageError(`the rules have faults\n${message}`);
}

/** The path of a file that a rules file names. */
export function pathBeside(file: string, named: string): string {
  return resolve(named) === named ? named : join(dirname(file), named);
}

/** Reads the text of a file; undefined if that fails. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Reads the bytes of a file. Throws a UsageError if that fails. */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    throw new UsageError(`can't read ${path}`);
  }
}

/** The path of the operator's rules, else of the built-in ones. */
function defaultRules(): string {
  const own = join("rules", "default.jsonc");
  return existsSync(own) ? own : join(packageRoot(), "rules", "default.jsonc");
}
