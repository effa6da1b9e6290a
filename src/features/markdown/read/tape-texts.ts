import { Integers } from "./integers.ts";

/** The fields of a text. */
const SOURCE = 0;
const TEXT_START = 1;
const TEXT_END = 2;
/** Visible characters in all texts before it; and in those that are in links. */
const VISIBLE_BEFORE = 3;
const LINKED_BEFORE = 4;
const TEXT_FIELDS = 5;

/** A part of a string. */
export interface Slice {
  source: string;
  start: number;
  end: number;
}

/** The texts of one page, in document order, and sums of their characters. */
export class TapeTexts {
  readonly #texts = new Integers(TEXT_FIELDS);
  /** The pieces of the page that tags and texts are slices of. */
  readonly #sources: string[] = [];
  #visible = 0;
  #linked = 0;

  get textCount(): number {
    return this.#texts.length;
  }

  /** The number of a piece of the page. */
  protected sourceNumber(source: string): number {
    const last = this.#sources.length - 1;
    if (this.#sources[last] !== source) return this.#sources.push(source) - 1;
    // A string that is equal but not the same is compared by its characters, so only once.
    this.#sources[last] = source;
    return last;
  }

  protected sourceAt(number: number): string {
    return this.#sources[number] as string;
  }

  /** Records a text. @returns its number */
  protected addText(
    source: string,
    start: number,
    end: number,
    visible: number,
    isLinked: boolean,
  ): number {
    const text = this.#texts.length;
    const at = this.#texts.add();
    const { values } = this.#texts;
    values[at + SOURCE] = this.sourceNumber(source);
    values[at + TEXT_START] = start;
    values[at + TEXT_END] = end;
    values[at + VISIBLE_BEFORE] = this.#visible;
    values[at + LINKED_BEFORE] = this.#linked;
    this.#visible += visible;
    if (isLinked) this.#linked += visible;
    return text;
  }

  /** Reads where a text is. */
  readText(text: number, into: Slice): Slice {
    const { values } = this.#texts;
    const at = text * TEXT_FIELDS;
    into.source = this.#sources[values[at + SOURCE] as number] as string;
    into.start = values[at + TEXT_START] as number;
    into.end = values[at + TEXT_END] as number;
    return into;
  }

  /** Visible characters in all texts before one. */
  visibleBefore(text: number): number {
    if (text >= this.#texts.length) return this.#visible;
    return this.#texts.values[text * TEXT_FIELDS + VISIBLE_BEFORE] as number;
  }

  /** Visible characters in all texts of links before one. */
  linkedBefore(text: number): number {
    if (text >= this.#texts.length) return this.#linked;
    return this.#texts.values[text * TEXT_FIELDS + LINKED_BEFORE] as number;
  }

  /** Visible characters in a text, and those of them in a link. */
  visibleIn(text: number): number {
    const at = text * TEXT_FIELDS + VISIBLE_BEFORE;
    const { values } = this.#texts;
    const after = text + 1 < this.#texts.length ? values[at + TEXT_FIELDS] : this.#visible;
    return (after as number) - (values[at] as number);
  }

  linkedIn(text: number): number {
    const at = text * TEXT_FIELDS + LINKED_BEFORE;
    const { values } = this.#texts;
    const after = text + 1 < this.#texts.length ? values[at + TEXT_FIELDS] : this.#linked;
    return (after as number) - (values[at] as number);
  }

  /** Visible characters outside of links in all texts before one. */
  proseBefore(text: number): number {
    return this.visibleBefore(text) - this.linkedBefore(text);
  }

  /** Visible characters in the page so far, and those outside of links. */
  get allText(): number {
    return this.#visible;
  }

  get allProse(): number {
    return this.#visible - this.#linked;
  }
}
