import type { MarkdownEngine } from "../../features/markdown/engine.ts";
import type { ConfigureTurndown } from "../../features/markdown/turndown/service.ts";

/**
 * The engine on turndown, whose libraries are read only where a rule uses it.
 *
 * @param configure adds an operator's rules and plug-ins
 */
export async function loadTurndown(configure?: ConfigureTurndown): Promise<MarkdownEngine> {
  const { createTurndownEngine } = await import("../../features/markdown/turndown/index.ts");
  return createTurndownEngine(configure === undefined ? {} : { configure });
}
