import type { MarkdownConverter, MarkdownEngine, MarkdownOptions } from "../../../feature/parts.ts";
import { Renderer } from "./renderer.ts";
import { Scanner } from "./scanner.ts";
import { parseSelector, type Selector } from "./selector.ts";

/** Converts in one pass, without a tree, in linear time and bounded memory. */
export const streamEngine: MarkdownEngine = { name: "stream", open: openStream };

function openStream(options: MarkdownOptions): MarkdownConverter {
  const { renderer, attributes } = openPage(options);
  const scanner = new Scanner(renderer, attributes);
  let isEnded = false;
  let last = "";
  const take = (): string => {
    const taken = renderer.take();
    if (taken !== "") last = taken.slice(-2);
    return taken;
  };
  const finish = (notice: string): string => {
    if (isEnded) return "";
    scanner.end();
    renderer.finish();
    isEnded = true;
    const rest = take();
    const lineEnd = last === "" || last.endsWith("\n") ? "" : "\n";
    if (notice === "") return rest + lineEnd;
    return `${rest}${lineEnd}${last === "" || last === "\n\n" ? "" : "\n"}${notice}\n`;
  };
  return {
    get alternate() {
      return renderer.alternate;
    },
    get steps() {
      return scanner.steps;
    },
    push(html) {
      if (isEnded) return "";
      scanner.write(html);
      return take();
    },
    end: () => finish(""),
    truncate: () => finish(truncationNotice(options.url)),
  };
}

/** Creates a renderer for one page, and lists the attributes that its selectors need. */
export function openPage(options: MarkdownOptions): {
  renderer: Renderer;
  attributes: ReadonlySet<string>;
} {
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
