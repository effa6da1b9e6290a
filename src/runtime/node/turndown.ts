import type { MarkdownEngine } from "../../stages/markdown/engine.ts";
import type { ConfigureTurndown } from "../../stages/markdown/turndown/service.ts";

/**
 * The engine on turndown, whose libraries are read only where a rule uses it.
 *
 * @param configure adds an operator's rules and plug-ins
 */
export async function loadTurndown(configure?: ConfigureTurndown): Promise<MarkdownEngine> {
  const { createTurndownEngine } = await import("../../stages/markdown/turndown/index.ts");
  return createTurndownEngine(configure === undefined ? {} : { configure });
}
