import type { MarkdownEngine, MarkdownOptions } from "../../src/feature/parts.ts";

/** Converts a whole page at once. */
export function convertPage(
  engine: MarkdownEngine<string>,
  html: string,
  options: MarkdownOptions,
): string {
  const converter = engine.open(options);
  return converter.push(html) + converter.end();
}
