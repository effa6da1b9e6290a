import type { MarkdownConverter, MarkdownEngine, MarkdownOptions } from "../../../feature/parts.ts";
import { Renderer } from "./renderer.ts";
import { Scanner } from "./scanner.ts";
import { parseSelector, type Selector } from "./selector.ts";

/** Converts in one pass, without a tree, in linear time and bounded memory. */
export const streamEngine: MarkdownEngine = {
  name: "stream",
  open: (options) => new StreamConverter(options),
};

class StreamConverter implements MarkdownConverter {
  readonly #url: string;
  readonly #renderer: Renderer;
  readonly #scanner: Scanner;
  #isEnded = false;
  #last = "";

  constructor(options: MarkdownOptions) {
    const { renderer, attributes } = openPage(options);
    this.#url = options.url;
    this.#renderer = renderer;
    this.#scanner = new Scanner(renderer, attributes);
  }

  get alternate(): string | undefined {
    return this.#renderer.alternate;
  }

  get steps(): number {
    return this.#scanner.steps;
  }

  push(html: string): string {
    if (this.#isEnded) return "";
    this.#scanner.write(html);
    return this.#take();
  }

  end(): string {
    return this.#finish("");
  }

  truncate(): string {
    return this.#finish(truncationNotice(this.#url));
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
