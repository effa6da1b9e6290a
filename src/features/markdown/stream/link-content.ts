import type { Attributes } from "./attributes.ts";
import type { Format } from "./format.ts";
import { firstOfSrcset, isPlaceholder, lazySource } from "./image-source.ts";
import { destination } from "./links.ts";
import { Named } from "./names-of.ts";
import type { OpenElement, Renderer } from "./renderer.ts";

/** Starts a link, if its address is usable. */
export function openLink(page: Renderer, attributes: Attributes): OpenLink | undefined {
  const href = attributes.get("href");
  const url = href === undefined ? undefined : page.links.resolve(href);
  if (href === undefined || url === undefined) return undefined;
  const isFragment = page.writer.headingLevel > 0 && page.links.isFragment(href);
  const { inline } = page.writer;
  if (!inline.accepts("link")) return undefined;
  const label = attributes.get("aria-label") ?? attributes.get("title") ?? "";
  const link = new OpenLink(page, href, destination(url), isFragment, label);
  inline.open(link);
  return link;
}

/** A link that shows only an icon gets its label, or that of the icon, as text. */
class OpenLink extends Named implements Format, OpenElement {
  readonly kind = "link";
  readonly destination: string;
  readonly isFragment: boolean;
  readonly #href: string;
  readonly #label: string;

  constructor(page: Renderer, href: string, url: string, isFragment: boolean, label: string) {
    super(page);
    this.#href = href;
    this.destination = url;
    this.isFragment = isFragment;
    this.#label = label;
  }

  close(): void {
    const name = this.endName(this.#label);
    if (name !== "" && !this.page.links.isFragment(this.#href)) this.inline.text(name);
    this.inline.close(this);
  }
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
  // A page that loads images by script has a copy of each beside it, in a `<noscript>`.
  const isCopy = page.lastImage?.written === inline.written && page.lastImage.alt === alt;
  if (isCopy && isSameImage(page.lastImage?.url ?? "", url)) return;
  const title = attributes.get("title")?.replaceAll(/\s+/g, " ").trim() ?? "";
  const suffix = title === "" || title === alt ? "" : ` "${title.replaceAll(/["\\]/g, "\\$&")}"`;
  inline.raw(`![${alt.replaceAll(/[\\[\]`*_<&!]/g, "\\$&")}](${destination(url)}${suffix})`);
  page.lastImage = { url, alt, written: inline.written };
}

/** Whether two addresses are of one image, if in different sizes: `a-300x200.jpg`, `a.jpg?w=300`. */
function isSameImage(one: string, other: string): boolean {
  return withoutSize(one) === withoutSize(other);
}

function withoutSize(url: string): string {
  return url
    .slice(0, 2000)
    .replace(/[?#].*$/s, "")
    .replace(/[-_@](?:\d{1,5}(?:x\d{0,5})?[wx]?|scaled)(?=\.\w{1,5}$)/, "");
}

function sourceOf(attributes: Attributes, picture: string, page: Renderer): string | undefined {
  const src = attributes.get("src");
  const chosen = isPlaceholder(src)
    ? (lazySource(attributes) ?? (firstOfSrcset(picture) || src))
    : src;
  return chosen === undefined || chosen === "" ? undefined : page.links.resolve(chosen);
}
