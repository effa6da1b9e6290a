import { namesMarkdown } from "../../../http/link.ts";
import { isRobotsMeta } from "../../../http/robots-meta.ts";
import { isOnWeb } from "../../../http/target.ts";
import type { MarkdownOptions } from "../../../feature/parts.ts";
import type { Attributes } from "./attributes.ts";
import type { ElementKind } from "./elements.ts";
import type { LinkResolver } from "./links.ts";
import type { Renderer } from "./renderer.ts";

const LONGEST = 1000;

/** The most `<meta>` elements for robots that are read. */
const MOST_ROBOTS = 32;

type MetaField = "description" | "ogTitle" | "ogDescription" | "image" | "modified";

/** The names of `<meta>` that are read. */
const META: ReadonlyMap<string, MetaField> = new Map([
  ["description", "description"],
  ["og:title", "ogTitle"],
  ["og:description", "ogDescription"],
  ["twitter:description", "ogDescription"],
  ["og:image", "image"],
  ["og:image:url", "image"],
  ["twitter:image", "image"],
  ["article:modified_time", "modified"],
  ["og:updated_time", "modified"],
]);

/** The metadata in a page's head; of several values the first counts. */
export class PageMetadata {
  title = "";
  canonical = "";
  /** Reference of `<link rel="alternate" type="text/markdown">`. */
  markdown = "";
  /** The `<meta>` elements for robots. */
  readonly robots: (readonly [name: string, content: string])[] = [];
  readonly #meta: Partial<Record<MetaField, string>> = {};

  get description(): string {
    return this.#meta.description ?? this.#meta.ogDescription ?? "";
  }

  /** Reads one `<meta>`. */
  addMeta(name: string, content: string): void {
    const field = META.get(name.toLowerCase());
    if (field !== undefined) this.#meta[field] ||= content;
    else if (isRobotsMeta(name) && this.robots.length < MOST_ROBOTS) {
      this.robots.push([name, content.slice(0, LONGEST)]);
    }
  }

  /** Reads one `<link>`; for links after the head, `type` is empty. */
  addLink(href: string, rel: string, type: string): void {
    if (rel.toLowerCase() === "canonical") this.canonical ||= href;
    else if (namesMarkdown(rel, type)) this.markdown ||= href;
  }

  /** Writes the frontmatter as YAML, with a final line feed; every value is in double quotes. */
  write(options: MarkdownOptions, links: LinkResolver): string {
    const canonical = onWeb(this.canonical, links) ?? options.url;
    const { ogTitle = "", description, ogDescription = "", image = "", modified = "" } = this.#meta;
    const fields: [string, string][] = [
      ["title", this.title || ogTitle],
      ["description", description || ogDescription],
      ["image", onWeb(image, links) ?? ""],
      ["url", canonical],
      ["last_modified", options.lastModified ?? modified],
    ];
    let yaml = "---\n";
    for (const [name, value] of fields) {
      const line = value
        .slice(0, 4 * LONGEST)
        .replaceAll(/\s+/g, " ")
        .trim()
        .slice(0, LONGEST);
      if (line !== "") yaml += `${name}: ${JSON.stringify(line.toWellFormed())}\n`;
    }
    return `${yaml}---\n`;
  }
}

/** An http address; undefined for `file:`, `javascript:` and `data:`. */
function onWeb(reference: string, links: LinkResolver): string | undefined {
  const found = reference === "" ? undefined : links.resolve(reference);
  const url = found === undefined ? null : URL.parse(found);
  return isOnWeb(url) ? found : undefined;
}

/** Reads a `<meta>`, `<base>` or `<link>`. */
export function readMeta(
  page: Renderer,
  kind: ElementKind,
  attributes: Attributes,
  isInHead: boolean,
): void {
  const href = attributes.get("href");
  if (kind.name === "meta") {
    const name = attributes.get("name") ?? attributes.get("property");
    const content = attributes.get("content");
    if (name !== undefined && content !== undefined) page.metadata.addMeta(name, content);
  } else if (kind.name === "base") {
    if (href !== undefined) page.links.setBase(href);
  } else if (href !== undefined) {
    const type = isInHead ? (attributes.get("type") ?? "") : "";
    page.metadata.addLink(href, attributes.get("rel") ?? "", type);
  }
}
