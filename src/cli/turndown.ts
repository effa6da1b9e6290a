import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { markdownFeature } from "../features/markdown/feature.ts";
import type { MarkdownPolicy } from "../features/markdown/policy.ts";
import { settingOf } from "../rules/feature-settings.ts";
import type { RulesFile } from "../rules/schema.ts";
import type { LoadTurndown } from "../features/markdown/engines.ts";
import { threadedTurndown } from "../runtime/node/threaded-turndown.ts";
import { loadOptional } from "./optional-packages.ts";
import { defaultOf } from "./operator-module.ts";
import { UsageError } from "./usage.ts";

/** The operator's turndown rules, and the reports about them. */
export interface TurndownChoice {
  /** The path of a module whose default export adds rules and plug-ins. */
  readonly file?: string | undefined;
  /** Reports that a page was converted without turndown, since a thread failed or was too slow. */
  readonly onFailed?: (error: unknown) => void;
}

/**
 * Returns the loader of the engine that uses turndown. If the rules or the operator's turndown
 * rules need it, it is loaded now. Rejects with a UsageError if its packages are not installed.
 */
export async function turndownFor(
  rules: RulesFile,
  choice: TurndownChoice = {},
): Promise<LoadTurndown> {
  const load = turndownBy(choice);
  const policies = [rules.defaults, ...rules.rules].map((part) =>
    settingOf(part, markdownFeature.key),
  );
  const isNamed = policies.some(
    (setting) => typeof setting === "object" && (setting as MarkdownPolicy).engine === "turndown",
  );
  if (choice.file !== undefined || isNamed) await load();
  return load;
}

/** The loader of the engine that uses turndown, on threads, with the operator's turndown rules. */
export function turndownBy({ file, onFailed }: TurndownChoice): LoadTurndown {
  const rules = file === undefined ? undefined : pathToFileURL(resolve(file)).href;
  return () =>
    loadOptional("turndown", async () => {
      // Threads import the packages; one that is missing is to be known before the first page.
      for (const name of ["turndown", "linkedom"]) import.meta.resolve(name);
      return threadedTurndown({ rules, onFailed });
    });
}

/** Rejects with a UsageError unless the default export of the operator's module is a function. */
export async function checkTurndownRules(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  if (typeof (await defaultOf(file)) !== "function") {
    throw new UsageError(`the default export of ${file} must be a function of a turndown service`);
  }
}
