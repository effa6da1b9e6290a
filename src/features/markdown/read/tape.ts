import type { ElementKind } from "../stream/elements.ts";
import { AttributeList } from "../stream/attribute-list.ts";
import type { AttributeNames } from "../stream/attribute-names.ts";
import type { TagAttributes } from "../stream/attributes.ts";
import { type ClassFacts, NO_FACTS } from "./class-facts.ts";
import { Integers } from "./integers.ts";
import { TapeTexts } from "./tape-texts.ts";

/** The kind of an entry of the tape; the two low bits of its number. */
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
/** The place of its attributes: the number of a source, and the start and end in it. */
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
/** The possible meanings and the number of its attributes, -1 if they are not read; and the first one. */
const BITS = 9;
const FIRST_ATTRIBUTE = 10;
/** The facts of its class, by number. */
const FACTS = 11;
const ELEMENT_FIELDS = 12;

/**
 * One page in document order: a flat list of the starts and ends of its elements and of its texts.
 * Elements and texts have numbers in document order, so everything inside of an element is a range of
 * each list, and the amount of text in it is the difference of two sums.
 */
export class Tape extends TapeTexts {
  /** Numbers of elements, texts or marks, times 4, plus what they are. */
  readonly #entries = new Integers(1);
  readonly #kinds: ElementKind[] = [];
  /** The facts of classes; the first is of elements without one. */
  readonly #facts: ClassFacts[] = [NO_FACTS];
  /** The attributes of elements that were asked for. */
  readonly attributes: AttributeList;
  readonly #elements = new Integers(ELEMENT_FIELDS);
  readonly #comments: string[] = [];

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

  constructor(names: AttributeNames) {
    super();
    this.attributes = new AttributeList(names);
  }

  // Recording

  open(kind: ElementKind, parent: number, source: string, start: number, end: number): number {
    const element = this.#kinds.length;
    const at = this.#elements.add();
    const { values } = this.#elements;
    values[at + PARENT] = parent;
    values[at + TAG_SOURCE] = this.sourceNumber(source);
    values[at + TAG_START] = start;
    values[at + TAG_END] = end;
    values[at + START] = this.#entries.length;
    values[at + END] = -1;
    values[at + FIRST_TEXT] = this.textCount;
    values[at + FACTS] = 0;
    values[at + BITS] = end - start < 2 ? 0 : -1;
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

  close(element: number): void {
    const at = element * ELEMENT_FIELDS;
    const { values } = this.#elements;
    values[at + END] = this.#entries.length;
    values[at + ELEMENT_AFTER] = this.#kinds.length;
    values[at + TEXT_AFTER] = this.textCount;
    this.#enter(element * 4 + CLOSE);
  }

  /** @param visible the number of its characters that a reader would see */
  text(source: string, start: number, end: number, visible: number, isLinked: boolean): void {
    this.#enter(this.addText(source, start, end, visible, isLinked) * 4 + TEXT);
  }

  mark(mark: typeof BREAK | typeof PARAGRAPH_END): void {
    this.#enter(mark * 4 + MARK);
  }

  comment(content: string): void {
    this.#enter((this.#comments.length + FIRST_COMMENT) * 4 + MARK);
    this.#comments.push(content);
  }

  // Reading

  /** The entries so far; valid until more is recorded. */
  get entries(): Int32Array {
    return this.#entries.values;
  }

  /** Whether an element contains nothing but texts, and its end is recorded. */
  isLeaf(element: number): boolean {
    const at = element * ELEMENT_FIELDS;
    const { values } = this.#elements;
    if ((values[at + END] as number) < 0 || values[at + ELEMENT_AFTER] !== element + 1)
      return false;
    return this.crossed.size === 0 || !this.crossed.has(element);
  }

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
    const at = element * ELEMENT_FIELDS;
    const { values } = this.#elements;
    const source = this.sourceAt(values[at + TAG_SOURCE] as number);
    const [start, end] = [values[at + TAG_START] as number, values[at + TAG_END] as number];
    return attributes.setElement(this, element, source, start, end);
  }

  /** The possible meanings of an element's attributes, and their number. */
  bitsOf(element: number): number {
    const bits = this.#field(element, BITS);
    return bits >= 0 ? bits : this.#readBits(element);
  }

  #readBits(element: number): number {
    const at = element * ELEMENT_FIELDS;
    const { values } = this.#elements;
    const source = this.sourceAt(values[at + TAG_SOURCE] as number);
    const { attributes } = this;
    values[at + FIRST_ATTRIBUTE] = attributes.length;
    const bits = attributes.read(
      source,
      values[at + TAG_START] as number,
      values[at + TAG_END] as number,
    );
    values[at + BITS] = bits;
    if (attributes.facts !== NO_FACTS) values[at + FACTS] = this.#facts.push(attributes.facts) - 1;
    return bits;
  }

  /** The first of an element's attributes in the list, and what its class says, once its bits were read. */
  firstAttributeOf(element: number): number {
    return this.#field(element, FIRST_ATTRIBUTE);
  }

  factsOf(element: number): ClassFacts {
    return this.#facts[this.#field(element, FACTS)] as ClassFacts;
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
    return this.isClosed(element) ? this.#field(element, TEXT_AFTER) : this.textCount;
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
}
