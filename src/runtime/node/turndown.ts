import type { MarkdownEngine } from "../../stages/markdown/engine.ts";

/** The engine on turndown, whose libraries are read only where a rule uses it. */
export async function loadTurndown(): Promise<MarkdownEngine> {
  const { turndownEngine } = await import("../../stages/markdown/turndown/index.ts");
  return turndownEngine;
}
