import type { Attributes } from "./attributes.ts";
import type { ElementKind } from "./elements.ts";
import type { Closer } from "./open-elements.ts";
import type { Renderer } from "./renderer.ts";

/** Reads a `<meta>`, `<base>` or `<link>`. */
export function readMeta(page: Renderer, kind: ElementKind, attributes: Attributes): Closer {
  const href = attributes.get("href");
  if (kind.name === "meta") {
    const name = attributes.get("name") ?? attributes.get("property");
    const content = attributes.get("content");
    if (name !== undefined && content !== undefined) page.metadata.addMeta(name, content);
  } else if (kind.name === "base") {
    if (href !== undefined && !page.hasBase) {
      page.hasBase = true;
      page.links.setBase(href);
    }
  } else if (href !== undefined) {
    const type = page.writer.textLength === 0 ? (attributes.get("type") ?? "") : "";
    page.metadata.addLink(href, attributes.get("rel") ?? "", type);
  }
  return undefined;
}

/** Starts the title; the first one counts. */
export function readTitle(page: Renderer): Closer {
  let title = "";
  page.capture = (text) => {
    if (title.length < 5000) title += text;
  };
  return () => {
    page.capture = undefined;
    page.metadata.title ||= title.trim();
  };
}
