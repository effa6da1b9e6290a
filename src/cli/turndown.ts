import type { RulesFile } from "../rules/schema.ts";
import { loadTurndown } from "../runtime/node/turndown.ts";
import type { LoadTurndown } from "../features/markdown/engines.ts";
import type { ConfigureTurndown } from "../features/markdown/turndown/service.ts";
import { loadOptional } from "./optional-packages.ts";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "./usage.ts";

/**
 * Gives the loader of the engine on turndown. If an operator's turndown rules or a rule ask for the
 * engine, it is loaded now: rejects with a UsageError if its packages are not installed.
 *
 * @param configure the operator's turndown rules
 */
export async function turndownFor(
  rules: RulesFile,
  configure?: ConfigureTurndown,
): Promise<LoadTurndown> {
  const load: LoadTurndown = () => loadOptional("turndown", () => loadTurndown(configure));
  const policies = [rules.defaults, ...rules.rules].map(({ markdown }) => markdown);
  const isNamed = policies.some(
    (markdown) => typeof markdown === "object" && markdown.engine === "turndown",
  );
  if (configure !== undefined || isNamed) await load();
  return load;
}

/** An operator's turndown rules: the function that a module exports by default. */
export async function readTurndownRules(
  file: string | undefined,
): Promise<ConfigureTurndown | undefined> {
  if (file === undefined) return undefined;
  let found: { readonly default?: unknown };
  try {
    found = (await import(pathToFileURL(resolve(file)).href)) as typeof found;
  } catch (error) {
    throw new UsageError(`can't load ${file}: ${error instanceof Error ? error.message : "?"}`);
  }
  const { default: configure } = found;
  if (typeof configure !== "function") {
    throw new UsageError(`${file} exports no function by default that takes a turndown service`);
  }
  return (service) => void configure(service);
}
