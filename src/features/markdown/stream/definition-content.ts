import type { ElementKind } from "./elements.ts";
import { openStrongBlock } from "./format-content.ts";
import type { Closer } from "./open-elements.ts";
import type { Renderer } from "./renderer.ts";

/** Starts a list of terms and their descriptions. */
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

/** A term starts an item, its descriptions are the rest of that item. */
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
