import { namesMarkdown } from "../../../http/link.ts";
import type { MarkdownOptions } from "../../../feature/parts.ts";

const LONGEST = 1000;

/** The metadata in a page's head; of several values the first counts. */
export class PageMetadata {
  title = "";
  #ogTitle = "";
  #description = "";
  #ogDescription = "";
  image = "";
  canonical = "";
  /** Reference of `<link rel="alternate" type="text/markdown">`. */
  markdown = "";
  #modified = "";

  /** Reads one `<meta>`. */
  addMeta(name: string, content: string): void {
    switch (name.toLowerCase()) {
      case "description":
        this.#description ||= content;
        break;
      case "og:title":
        this.#ogTitle ||= content;
        break;
      case "og:description":
      case "twitter:description":
        this.#ogDescription ||= content;
        break;
      case "og:image":
      case "og:image:url":
      case "twitter:image":
        this.image ||= content;
        break;
      case "article:modified_time":
      case "og:updated_time":
        this.#modified ||= content;
        break;
    }
  }

  /** Reads one `<link>`; for links after the head, `type` is empty. */
  addLink(href: string, rel: string, type: string): void {
    if (rel.toLowerCase() === "canonical") this.canonical ||= href;
    else if (namesMarkdown(rel, type)) this.markdown ||= href;
  }

  /** Writes the frontmatter as YAML, with a final line feed; every value is in double quotes. */
  write(options: MarkdownOptions, absolute: (reference: string) => string | undefined): string {
    const canonical = onWeb(this.canonical, absolute) ?? options.url;
    const image = onWeb(this.image, absolute) ?? "";
    const fields: [string, string][] = [
      ["title", this.title || this.#ogTitle],
      ["description", this.#description || this.#ogDescription],
      ["image", image],
      ["url", canonical],
      ["last_modified", options.lastModified ?? this.#modified],
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
  return url?.protocol === "http:" || url?.protocol === "https:" ? found : undefined;
}
