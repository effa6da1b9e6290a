import type { Attributes } from "./attributes.ts";
import type { Format } from "./format.ts";
import { destination } from "./links.ts";
import type { Closer } from "./open-elements.ts";
import type { Renderer } from "./renderer.ts";

/** Starts a link, if its address is usable. */
export function openLink(page: Renderer, attributes: Attributes): Closer {
  const href = attributes.get("href");
  const url = href === undefined ? undefined : page.links.resolve(href);
  if (href === undefined || url === undefined) return undefined;
  const isFragment = page.writer.headingLevel > 0 && page.links.isFragment(href);
  const format: Format = { kind: "link", destination: destination(url), isFragment };
  const label = attributes.get("aria-label") ?? attributes.get("title") ?? "";
  const { inline } = page.writer;
  if (!inline.accepts("link")) return undefined;
  inline.open(format);
  const textBefore = inline.written;
  return () => {
    // A link that shows only an icon gets its label as text.
    const isNamed = inline.written === textBefore && label !== "" && !page.links.isFragment(href);
    if (isNamed) inline.text(label);
    inline.close(format);
  };
}

/** Writes a frame, which is a page of its own, as a link. */
export function writeFrame(page: Renderer, attributes: Attributes): void {
  const src = attributes.get("src");
  const url = src === undefined ? undefined : page.links.resolve(src);
  if (url === undefined) return;
  const { writer } = page;
  writer.flush();
  const name = attributes.get("title") ?? attributes.get("name") ?? url;
  writer.inline.open({ kind: "link", destination: destination(url), isFragment: false });
  writer.inline.text(name);
  writer.flush();
}
