import type { ElementKind } from "../stream/elements.ts";
import type { TagAttributes } from "../stream/attributes.ts";
import { Integers } from "./integers.ts";

/** What an entry of the tape is; the two low bits of its number. */
export const OPEN = 0;
export const CLOSE = 1;
export const TEXT = 2;
export const MARK = 3;

/** Marks: a `</br>`, a `</p>` that closes nothing; other numbers are comments. */
export const BREAK = 0;
export const PARAGRAPH_END = 1;
const FIRST_COMMENT = 2;

/** The parent of elements outside of all others. */
export const NONE = -1;

/** The fields of an element. */
const PARENT = 0;
/** Where its attributes are: the number of a source, and the start and end in it. */
const TAG_SOURCE = 1;
const TAG_START = 2;
const TAG_END = 3;
/** The entries of its start and end; an end of -1 is not recorded yet. */
const START = 4;
const END = 5;
/** The first text in it, and the first element and text after it. */
const FIRST_TEXT = 6;
const ELEMENT_AFTER = 7;
const TEXT_AFTER = 8;
const ELEMENT_FIELDS = 9;

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

/**
 * One page in document order: a flat list of the starts and ends of its elements and of its texts.
 * Elements and texts have numbers in document order, so everything inside of an element is a range of
 * each list, and the amount of text in it is the difference of two sums.
 */
export class Tape {
  /** Numbers of elements, texts or marks, times 4, plus what they are. */
  readonly #entries = new Integers(1);
  readonly #kinds: ElementKind[] = [];
  readonly #elements = new Integers(ELEMENT_FIELDS);
  readonly #texts = new Integers(TEXT_FIELDS);
  /** The pieces of the page that tags and texts are slices of. */
  readonly #sources: string[] = [];
  readonly #comments: string[] = [];
  #visible = 0;
  #linked = 0;

  /** Elements in which formatting ends that began outside. */
  readonly crossed = new Set<number>();
  /** Texts in which character references are not decoded. */
  readonly literals = new Set<number>();
  /** Elements by what they are, in document order: `main` and `article`, headings, `h1`. */
  readonly sections: number[] = [];
  readonly headings: number[] = [];
  readonly titles: number[] = [];
  /** `<noscript>`, in document order. */
  readonly noscripts: number[] = [];
  /** Shadow trees by their hosts. */
  readonly shadows = new Map<number, number>();

  /** The number of entries, elements and texts so far. */
  get length(): number {
    return this.#entries.length;
  }

  get elementCount(): number {
    return this.#kinds.length;
  }

  get textCount(): number {
    return this.#texts.length;
  }

  // Recording

  open(kind: ElementKind, parent: number, source: string, start: number, end: number): number {
    const element = this.#kinds.length;
    const at = this.#elements.add();
    const { values } = this.#elements;
    values[at + PARENT] = parent;
    values[at + TAG_SOURCE] = this.#sourceNumber(source);
    values[at + TAG_START] = start;
    values[at + TAG_END] = end;
    values[at + START] = this.#entries.length;
    values[at + END] = -1;
    values[at + FIRST_TEXT] = this.#texts.length;
    this.#kinds.push(kind);
    this.#enter(element * 4 + OPEN);
    if (kind.role === "heading") {
      this.headings.push(element);
      if (kind.level === 1) this.titles.push(element);
    } else if (kind.isSection) this.sections.push(element);
    else if (kind.name === "noscript") this.noscripts.push(element);
    else if (kind.role === "shadow" && !this.shadows.has(parent)) this.shadows.set(parent, element);
    return element;
  }

  #enter(entry: number): void {
    const at = this.#entries.add();
    this.#entries.values[at] = entry;
  }

  #sourceNumber(source: string): number {
    const last = this.#sources.length - 1;
    if (this.#sources[last] !== source) return this.#sources.push(source) - 1;
    // A string that is equal but not the same is compared by its characters, so only once.
    this.#sources[last] = source;
    return last;
  }

  close(element: number): void {
    const at = element * ELEMENT_FIELDS;
    const { values } = this.#elements;
    values[at + END] = this.#entries.length;
    values[at + ELEMENT_AFTER] = this.#kinds.length;
    values[at + TEXT_AFTER] = this.#texts.length;
    this.#enter(element * 4 + CLOSE);
  }

  /** @param visible the number of its characters that a reader would see */
  text(source: string, start: number, end: number, visible: number, isLinked: boolean): void {
    const text = this.#texts.length;
    const at = this.#texts.add();
    const { values } = this.#texts;
    values[at + SOURCE] = this.#sourceNumber(source);
    values[at + TEXT_START] = start;
    values[at + TEXT_END] = end;
    values[at + VISIBLE_BEFORE] = this.#visible;
    values[at + LINKED_BEFORE] = this.#linked;
    this.#visible += visible;
    if (isLinked) this.#linked += visible;
    this.#enter(text * 4 + TEXT);
  }

  mark(mark: typeof BREAK | typeof PARAGRAPH_END): void {
    this.#enter(mark * 4 + MARK);
  }

  comment(content: string): void {
    this.#enter((this.#comments.length + FIRST_COMMENT) * 4 + MARK);
    this.#comments.push(content);
  }

  // Reading

  entryAt(index: number): number {
    return this.#entries.values[index] as number;
  }

  /** The content of a comment by the number of its mark; undefined for other marks. */
  commentOf(mark: number): string | undefined {
    return this.#comments[mark - FIRST_COMMENT];
  }

  kindOf(element: number): ElementKind {
    return this.#kinds[element] as ElementKind;
  }

  #field(element: number, field: number): number {
    return this.#elements.values[element * ELEMENT_FIELDS + field] as number;
  }

  /** The element that contains another one, or `NONE`. */
  parentOf(element: number): number {
    return this.#field(element, PARENT);
  }

  /** Whether an element has no attributes. */
  isBare(element: number): boolean {
    return this.#field(element, TAG_END) - this.#field(element, TAG_START) < 2;
  }

  /** Sets attributes to those of an element. */
  readAttributes(element: number, attributes: TagAttributes): TagAttributes {
    return attributes.set(
      this.#sources[this.#field(element, TAG_SOURCE)] as string,
      this.#field(element, TAG_START),
      this.#field(element, TAG_END),
    );
  }

  /** The entry of an element's start. */
  startOf(element: number): number {
    return this.#field(element, START);
  }

  isClosed(element: number): boolean {
    return this.#field(element, END) >= 0;
  }

  /** The entry of an element's end; of an open one, the end of the tape so far. */
  endOf(element: number): number {
    const end = this.#field(element, END);
    return end < 0 ? this.length : end;
  }

  /** The entry after an element; of an open one, the end of the tape so far. */
  after(element: number): number {
    return Math.min(this.endOf(element) + 1, this.length);
  }

  /** The first element after the content of an element. */
  elementAfter(element: number): number {
    return this.isClosed(element) ? this.#field(element, ELEMENT_AFTER) : this.#kinds.length;
  }

  /** The first text in an element or after it, and the first one after its content. */
  firstText(element: number): number {
    return this.#field(element, FIRST_TEXT);
  }

  textAfter(element: number): number {
    return this.isClosed(element) ? this.#field(element, TEXT_AFTER) : this.#texts.length;
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

  /** Visible characters outside of links in all texts before one. */
  proseBefore(text: number): number {
    return this.visibleBefore(text) - this.linkedBefore(text);
  }

  /** Visible characters in an element so far. */
  textOf(element: number): number {
    return (
      this.visibleBefore(this.textAfter(element)) - this.visibleBefore(this.firstText(element))
    );
  }

  /** Visible characters of links in an element so far. */
  linkTextOf(element: number): number {
    return this.linkedBefore(this.textAfter(element)) - this.linkedBefore(this.firstText(element));
  }

  /** Visible characters outside of links in an element so far. */
  proseOf(element: number): number {
    return this.textOf(element) - this.linkTextOf(element);
  }

  /** Visible characters in the page so far, and those outside of links. */
  get allText(): number {
    return this.#visible;
  }

  get allProse(): number {
    return this.#visible - this.#linked;
  }
}
