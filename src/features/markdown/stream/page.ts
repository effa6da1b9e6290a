import type { MarkdownOptions } from "../../../feature/parts.ts";
import { PageMetadata } from "./frontmatter.ts";
import { LinkResolver } from "./links.ts";
import { Renderer } from "./renderer.ts";
import { parseSelector, type Selector } from "./selector.ts";
import type { ReaderOptions } from "../read/reader.ts";

/** Creates a renderer for one page. */
export function openRenderer(options: MarkdownOptions): Renderer {
  const metadata = new PageMetadata();
  const links = new LinkResolver(options.url);
  return new Renderer(metadata, links, () => {
    const { frontmatter = true, preface = "" } = options;
    const yaml = frontmatter ? `${metadata.write(options, links)}\n` : "";
    return preface === "" ? yaml : `${yaml}${preface}\n\n`;
  });
}

/** What the reader needs of a page's options. */
export function readerOptions(options: MarkdownOptions): ReaderOptions {
  return {
    select: parseSelectors(options.select),
    ignore: parseSelectors(options.ignore),
    keep: parseSelectors(options.keep),
    content: options.content ?? "main",
    isXml: options.isXml === true,
  };
}

/** The notice at the end of a page that was cut at a limit. */
export function truncationNotice(url: string): string {
  return `> **Truncated:** this page is longer than the limit; the rest is left out here. Full page: <${url}>`;
}

function parseSelectors(sources: readonly string[] = []): Selector[] {
  return sources.map(parseSelector).filter((selector) => selector !== undefined);
}
