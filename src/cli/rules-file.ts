import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { loadRules, RulesError, type LoadedRules } from "../rules/load.ts";
import { packageRoot } from "./package-root.ts";
import { UsageError } from "./usage.ts";

/** Loads a rules file with the bot table that it names. @param path undefined for the default one */
export function loadRulesFile(path: string | undefined): LoadedRules {
  const file = path ?? defaultRules();
  const text = readText(file);
  if (text === undefined) throw new UsageError(`can't read the rules file ${file}`);
  const builtIn = readText(join(packageRoot(), "rules", "bots.jsonc")) ?? "[]";
  try {
    return loadRules(text, file, builtIn, (bots) => readText(resolve(dirname(file), bots)));
  } catch (error) {
    if (error instanceof RulesError)
      throw new UsageError(`the rules have faults\n${error.message}`);
    throw error;
  }
}

/** The operator's own, else the ones that come along. */
function defaultRules(): string {
  const own = join("rules", "default.jsonc");
  return existsSync(own) ? own : join(packageRoot(), "rules", "default.jsonc");
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
