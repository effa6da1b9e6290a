import type { Blocks } from "./blocks.ts";

const LONGEST_LABEL = 80;

interface Footnote {
  readonly label: string;
  content: string;
  isReferred: boolean;
}

/** The footnotes of one page, which are written after its content in the order of their references. */
export class Footnotes {
  readonly #byLabel = new Map<string, Footnote>();

  /** The reference to a footnote (GFM's extension), whose definition may come before or after. */
  refer(label: string): string {
    const footnote = this.#find(label);
    if (!footnote.isReferred) {
      // A map keeps the order of insertion: that of the first references.
      this.#byLabel.delete(footnote.label.toLowerCase());
      this.#byLabel.set(footnote.label.toLowerCase(), footnote);
      footnote.isReferred = true;
    }
    return `[^${footnote.label}]`;
  }

  /** Adds blocks to the definition of a footnote. */
  define(label: string, content: string): void {
    const footnote = this.#find(label);
    if (content === "") return;
    footnote.content += footnote.content === "" ? content : `\n\n${content}`;
  }

  #find(text: string): Footnote {
    const label = labelOf(text);
    const key = label.toLowerCase();
    const known = this.#byLabel.get(key);
    if (known !== undefined) return known;
    const footnote: Footnote = { label, content: "", isReferred: false };
    this.#byLabel.set(key, footnote);
    return footnote;
  }

  /** Writes all definitions; what nothing refers to as blocks, since no reader would show it. */
  write(blocks: Blocks): void {
    const all = [...this.#byLabel.values()].filter(({ content }) => content !== "");
    this.#byLabel.clear();
    for (const { content } of all.filter(({ isReferred }) => !isReferred)) blocks.emit(content);
    for (const { label, content } of all.filter(({ isReferred }) => isReferred)) {
      blocks.emit(`[^${label}]: ${content.replaceAll(/\n(?!\n)/g, "\n    ")}`);
    }
  }
}

/** A label without what would end it. */
function labelOf(text: string): string {
  const label = text
    .slice(0, 4 * LONGEST_LABEL)
    .replaceAll(/[\s[\]\\^`|<>]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, LONGEST_LABEL)
    .toWellFormed();
  return label === "" ? "note" : label;
}
