import type { MarkdownConverter, MarkdownEngine, MarkdownOptions } from "../engine.ts";
import { Renderer } from "./renderer.ts";
import { Scanner } from "./scanner.ts";
import { parseSelector, type Selector } from "./selector.ts";

/** Converts in one pass, without a tree, in time and memory bounded by the page. */
export const streamEngine: MarkdownEngine = {
  name: "stream",
  open: (options) => new StreamConverter(options),
};

class StreamConverter implements MarkdownConverter {
  readonly #options: MarkdownOptions;
  readonly #renderer: Renderer;
  readonly #scanner: Scanner;
  #isEnded = false;
  #last = "";

  constructor(options: MarkdownOptions) {
    this.#options = options;
    const select = parseSelectors(options.select);
    const ignore = parseSelectors(options.ignore);
    this.#renderer = new Renderer(options.url, select, ignore, () => this.#head());
    const names = [...select, ...ignore].flatMap((s) => s.attributes.map(({ name }) => name));
    this.#scanner = new Scanner(this.#renderer, new Set(names));
  }

  push(html: string): string {
    if (this.#isEnded || this.#renderer.selection.isOver) return "";
    this.#scanner.write(html);
    return this.#take();
  }

  end(): string {
    return this.#finish("");
  }

  truncate(): string {
    return this.#finish(truncationNotice(this.#options.url));
  }

  #take(): string {
    const taken = this.#renderer.take();
    if (taken !== "") this.#last = taken.slice(-2);
    return taken;
  }

  #finish(notice: string): string {
    if (this.#isEnded) return "";
    this.#scanner.end();
    this.#renderer.finish();
    this.#isEnded = true;
    const rest = this.#take();
    const lineEnd = this.#last === "" || this.#last.endsWith("\n") ? "" : "\n";
    if (notice === "") return rest + lineEnd;
    return `${rest}${lineEnd}${this.#last === "" || this.#last === "\n\n" ? "" : "\n"}${notice}\n`;
  }

  #head(): string {
    const { frontmatter = true, preface } = this.#options;
    const { metadata, links } = this.#renderer;
    const yaml = frontmatter
      ? `${metadata.write(this.#options, (reference) => links.resolve(reference))}\n`
      : "";
    return preface === undefined ? yaml : `${yaml}${preface}\n\n`;
  }
}

/** The visible line that ends a page cut at a limit. */
export function truncationNotice(url: string): string {
  return `> **Truncated:** this page is longer than the limit; the rest is left out here. Full page: <${url}>`;
}

function parseSelectors(sources: readonly string[] = []): Selector[] {
  return sources.map(parseSelector).filter((selector) => selector !== undefined);
}
