import type { Renderer } from "../stream/renderer.ts";

/** Line ends around a rule's markdown, by which turndown joins blocks; two at most. */
export function edgesOf(markdown: string): { readonly before: number; readonly after: number } {
  const before = /^\n*/.exec(markdown)?.[0].length ?? 0;
  const after = markdown.length - markdown.trimEnd().length;
  const ends = markdown.slice(markdown.length - after).split("\n").length - 1;
  return { before: Math.min(2, before), after: Math.min(2, ends) };
}

/** Writes the markdown of rules into a page, joined as by turndown. */
export class RawWriter {
  readonly #renderer: Renderer;
  /** The length of the output after the last block, and the line ends that the block requires. */
  #lastAt = -1;
  #lastAfter = 0;

  constructor(renderer: Renderer) {
    this.#renderer = renderer;
  }

  write(markdown: string): void {
    const { writer } = this.#renderer;
    const content = markdown.trim();
    if (content === "") return;
    const { before, after } = edgesOf(markdown);
    if (before === 0 && after === 0) {
      if (markdown.startsWith(" ")) writer.inline.space();
      writer.inline.raw(content);
      if (markdown.endsWith(" ")) writer.inline.space();
      return;
    }
    writer.flush();
    const { blocks } = writer;
    // One line end on both sides joins lines, e.g. the rows of a table.
    const isNextLine =
      this.#lastAt === blocks.output.length && Math.max(this.#lastAfter, before) < 2;
    if (isNextLine) blocks.emitMore(content);
    else writer.block(content);
    this.#lastAt = blocks.output.length;
    this.#lastAfter = after;
  }
}
