import type { ElementKind } from "./elements.ts";
import { openStrongBlock } from "./format-content.ts";
import type { Closer } from "./open-elements.ts";
import type { Renderer } from "./renderer.ts";

/** Starts a definition list. */
export function openDefinitions(page: Renderer): Closer {
  const { writer } = page;
  const close = writer.openList(false, 1);
  page.definitions.push(undefined);
  return () => {
    writer.flush();
    page.definitions.pop()?.();
    close?.();
  };
}

/** Starts a term, which begins an item, or a description, which continues it. */
export function openDefinition(page: Renderer, kind: ElementKind): Closer {
  const { writer, definitions } = page;
  writer.flush();
  const last = definitions.length - 1;
  if (last < 0) return writer.flush;
  if (kind.role === "term" || definitions[last] === undefined) {
    definitions[last]?.();
    definitions[last] = writer.openItem(undefined);
  }
  return kind.role === "term" ? openStrongBlock(page) : writer.flush;
}
