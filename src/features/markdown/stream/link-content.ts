import type { Attributes } from "./attributes.ts";
import type { Format } from "./format.ts";
import { destination, firstOfSrcset } from "./links.ts";
import type { Closer } from "./renderer.ts";
import type { Renderer } from "./renderer.ts";

const LAZY = ["data-src", "data-original", "data-lazy-src"] as const;
/** Files that a page shows in place of an image until a script loads it. */
const PLACEHOLDER =
  /(?:^data:|^about:|(?:blank|placeholder|spacer|pixel|transparent)\.(?:gif|png|svg)$)/i;

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

/** Writes an image with its real source; without a source, its text. */
export function writeImage(page: Renderer, attributes: Attributes): void {
  const source = page.pictureSource;
  page.pictureSource = "";
  const alt = (attributes.get("alt") ?? "").replaceAll(/\s+/g, " ").trim();
  const { inline } = page.writer;
  if (attributes.get("width") === "1" && attributes.get("height") === "1") return;
  const url = sourceOf(attributes, source, page);
  if (url === undefined) {
    if (alt !== "") inline.text(alt);
    return;
  }
  const title = attributes.get("title")?.replaceAll(/\s+/g, " ").trim() ?? "";
  const suffix = title === "" || title === alt ? "" : ` "${title.replaceAll(/["\\]/g, "\\$&")}"`;
  inline.raw(`![${alt.replaceAll(/[\\[\]`*_<&!]/g, "\\$&")}](${destination(url)}${suffix})`);
}

function sourceOf(attributes: Attributes, picture: string, page: Renderer): string | undefined {
  const src = attributes.get("src");
  const isReal = src !== undefined && src !== "" && !PLACEHOLDER.test(src.slice(0, 2000));
  const chosen = isReal ? src : (lazySource(attributes, picture) ?? src);
  return chosen === undefined || chosen === "" ? undefined : page.links.resolve(chosen);
}

function lazySource(attributes: Attributes, picture: string): string | undefined {
  for (const name of LAZY) {
    const source = attributes.get(name);
    if (source !== undefined && source !== "") return source;
  }
  for (const set of [attributes.get("data-srcset"), attributes.get("srcset"), picture]) {
    const source = set === undefined ? "" : firstOfSrcset(set);
    if (source !== "") return source;
  }
  return undefined;
}
