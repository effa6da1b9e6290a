import { namesMarkdown } from "../../../http/link.ts";
import { isOnWeb } from "../../../http/target.ts";
import type { MarkdownOptions } from "../../../feature/parts.ts";

const LONGEST = 1000;

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
  readonly #meta: Partial<Record<MetaField, string>> = {};

  /** Reads one `<meta>`. */
  addMeta(name: string, content: string): void {
    const field = META.get(name.toLowerCase());
    if (field !== undefined) this.#meta[field] ||= content;
  }

  /** Reads one `<link>`; for links after the head, `type` is empty. */
  addLink(href: string, rel: string, type: string): void {
    if (rel.toLowerCase() === "canonical") this.canonical ||= href;
    else if (namesMarkdown(rel, type)) this.markdown ||= href;
  }

  /** Writes the frontmatter as YAML, with a final line feed; every value is in double quotes. */
  write(options: MarkdownOptions, absolute: (reference: string) => string | undefined): string {
    const canonical = onWeb(this.canonical, absolute) ?? options.url;
    const { ogTitle = "", description, ogDescription = "", image = "", modified = "" } = this.#meta;
    const fields: [string, string][] = [
      ["title", this.title || ogTitle],
      ["description", description || ogDescription],
      ["image", onWeb(image, absolute) ?? ""],
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
function onWeb(
  reference: string,
  absolute: (reference: string) => string | undefined,
): string | undefined {
  const found = reference === "" ? undefined : absolute(reference);
  const url = found === undefined ? null : URL.parse(found);
  return isOnWeb(url) ? found : undefined;
}
