import type { MarkdownOptions } from "../../../feature/parts.ts";
import { Renderer } from "./renderer.ts";
import { parseSelector, type Selector } from "./selector.ts";

/** Creates a renderer for one page, and lists the attributes that its selectors need. */
export function openPage(options: MarkdownOptions) {
  const select = parseSelectors(options.select);
  const ignore = parseSelectors(options.ignore);
  const names = [...select, ...ignore].flatMap((s) => s.attributes.map(({ name }) => name));
  const renderer: Renderer = new Renderer(options.url, select, ignore, () => {
    const { frontmatter = true, preface = "" } = options;
    const { metadata, links } = renderer;
    const yaml = frontmatter ? `${metadata.write(options, links)}\n` : "";
    return preface === "" ? yaml : `${yaml}${preface}\n\n`;
  });
  return { renderer, attributes: new Set(names) };
}

/** The notice at the end of a page that was cut at a limit. */
export function truncationNotice(url: string): string {
  return `> **Truncated:** this page is longer than the limit; the rest is left out here. Full page: <${url}>`;
}

function parseSelectors(sources: readonly string[] = []): Selector[] {
  return sources.map(parseSelector).filter((selector) => selector !== undefined);
}
