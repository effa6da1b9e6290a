import type { RulesFile } from "../rules/schema.ts";
import { loadTurndown } from "../runtime/node/turndown.ts";
import type { LoadTurndown } from "../features/markdown/engines.ts";
import type { ConfigureTurndown } from "../features/markdown/turndown/service.ts";
import { loadOptional } from "./optional-packages.ts";

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
