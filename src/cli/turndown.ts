import { markdownFeature } from "../features/markdown/feature.ts";
import type { MarkdownPolicy } from "../features/markdown/policy.ts";
import { settingOf } from "../rules/feature-settings.ts";
import type { RulesFile } from "../rules/schema.ts";
import type { MarkdownEngine } from "../feature/parts.ts";
import type { LoadTurndown } from "../features/markdown/engines.ts";
import type { ConfigureTurndown } from "../features/markdown/turndown/index.ts";
import { loadOptional } from "./optional-packages.ts";
import { defaultOf } from "./operator-module.ts";
import { UsageError } from "./usage.ts";

/**
 * Returns the loader of the engine that uses turndown. If the rules or the operator's turndown
 * rules need it, it is loaded now. Rejects with a UsageError if its packages are not installed.
 *
 * @param configure the operator's turndown rules
 */
export async function turndownFor(
  rules: RulesFile,
  configure?: ConfigureTurndown,
): Promise<LoadTurndown> {
  const load = turndownBy(configure);
  const policies = [rules.defaults, ...rules.rules].map((part) =>
    settingOf(part, markdownFeature.key),
  );
  const isNamed = policies.some(
    (setting) => typeof setting === "object" && (setting as MarkdownPolicy).engine === "turndown",
  );
  if (configure !== undefined || isNamed) await load();
  return load;
}

/** The loader of the engine that uses turndown, with the operator's turndown rules. */
export function turndownBy(configure: ConfigureTurndown | undefined): LoadTurndown {
  return () => loadOptional("turndown", () => loadTurndown(configure));
}

/** Reads the operator's turndown rules: the default export of a module. */
export async function readTurndownRules(
  file: string | undefined,
): Promise<ConfigureTurndown | undefined> {
  if (file === undefined) return undefined;
  const configure = await defaultOf(file);
  if (typeof configure !== "function") {
    throw new UsageError(`the default export of ${file} must be a function of a turndown service`);
  }
  return (service) => void configure(service);
}

/**
 * Loads the engine that uses turndown; its libraries are imported only if a rule uses it.
 *
 * @param configure adds the operator's rules and plug-ins
 */
export async function loadTurndown(configure?: ConfigureTurndown): Promise<MarkdownEngine> {
  const { createTurndownEngine } = await import("../features/markdown/turndown/index.ts");
  return createTurndownEngine(configure === undefined ? {} : { configure });
}
