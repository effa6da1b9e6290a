import type { MarkdownEngine } from "../../feature/parts.ts";
import type { ConfigureTurndown } from "../../features/markdown/turndown/service.ts";

/**
 * Loads the engine that uses turndown; its libraries are imported only if a rule uses it.
 *
 * @param configure adds the operator's rules and plug-ins
 */
export async function loadTurndown(configure?: ConfigureTurndown): Promise<MarkdownEngine> {
  const { createTurndownEngine } = await import("../../features/markdown/turndown/index.ts");
  return createTurndownEngine(configure === undefined ? {} : { configure });
}
