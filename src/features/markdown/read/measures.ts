import type { TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { CLOSE, NONE, OPEN, TEXT, type Tape } from "./tape.ts";

/** The measures of an element. */
const FIELDS = 11;
/** Visible characters, and those of them in links. */
const TEXT_LENGTH = 0;
const LINKED = 1;
/** Characters of blocks that are sentences: long, and mostly outside of links and headings. */
const PROSE = 2;
const LINKS = 3;
const HEADINGS = 4;
/** Headings that are links to other pages: the titles of teasers. */
const LINKED_HEADINGS = 5;
const TITLES = 6;
const CONTROLS = 7;
/** Tables, definition lists and characters of preformatted text. */
const STRUCTURES = 8;
/** Elements that must not be cut: selected to keep, places for content that comes later. */
const HELD = 9;
/** Links to places in the page. */
const FRAGMENTS = 10;

/** The target of a link, by kind. */
const UNKNOWN = 0;
const NOWHERE = 1;
const FRAGMENT = 2;
const ELSEWHERE = 3;

/** Characters of a block that is prose. */
const LEAST_PROSE = 80;

/** A part of the tape: one element, or the page. */
export interface Root {
  /** The element, or `NONE` for the page. */
  readonly element: number;
  readonly start: number;
  readonly end: number;
}

/** Decides about elements while they are measured. */
export interface Visitor {
  /** @returns whether the element is read; else "held" if it is and must not be cut, "cut" */
  enter(element: number, kind: ElementKind): "read" | "held" | "cut";
  leave(element: number, kind: ElementKind): void;
}

/** The measures of the elements of a part of a page, without cut elements. */
export class Measures {
  /** The entry after the last block of prose. */
  proseEnd = 0;
  readonly root: Root;
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  /** Of the root, and of each element from its first one on. */
  readonly #values: Int32Array;
  readonly #first: number;
  readonly #totals = new Int32Array(FIELDS);
  readonly #open: number[] = [];
  /** The targets of links, by element. */
  readonly #targets: Uint8Array;
  #run = 0;
  #runLinked = 0;
  #headings = 0;
  #code = 0;
  /** The open link. */
  #link = NONE;

  constructor(tape: Tape, root: Root, attributes: TagAttributes) {
    this.#tape = tape;
    this.root = root;
    this.#attributes = attributes;
    this.#first = root.element === NONE ? 0 : root.element + 1;
    const last = root.element === NONE ? tape.elementCount : tape.elementAfter(root.element);
    this.#values = new Int32Array((last - this.#first + 1) * FIELDS);
    this.#targets = new Uint8Array(last - this.#first + 1);
  }

  textOf = (element: number): number => this.#get(element, TEXT_LENGTH);
  linkedOf = (element: number): number => this.#get(element, LINKED);
  proseOf = (element: number): number => this.#get(element, PROSE);
  linksOf = (element: number): number => this.#get(element, LINKS);
  headingsOf = (element: number): number => this.#get(element, HEADINGS);
  linkedHeadingsOf = (element: number): number => this.#get(element, LINKED_HEADINGS);
  titlesOf = (element: number): number => this.#get(element, TITLES);
  controlsOf = (element: number): number => this.#get(element, CONTROLS);
  structuresOf = (element: number): number => this.#get(element, STRUCTURES);
  fragmentsOf = (element: number): number => this.#get(element, FRAGMENTS);
  isHeld = (element: number): boolean => this.#get(element, HELD) > 0;

  /** The share of an element's text that is in links. */
  linkedShareOf(element: number): number {
    const text = this.textOf(element);
    return text === 0 ? 0 : this.linkedOf(element) / text;
  }

  /** Prose in all that was read so far. */
  get proseSoFar(): number {
    return this.#totals[PROSE] as number;
  }

  get isInCode(): boolean {
    return this.#code > 0;
  }

  #get(element: number, field: number): number {
    return this.#values[this.#at(element) + field] as number;
  }

  #at(element: number): number {
    return element === this.root.element ? 0 : (element - this.#first + 1) * FIELDS;
  }

  /** Measures everything; again if the visitor cuts more, with the measures of before in `enter`. */
  run(visitor: Visitor): void {
    const tape = this.#tape;
    const { entries } = tape;
    const { end } = this.root;
    this.#totals.fill(0);
    this.proseEnd = this.root.start;
    for (let at = this.root.start; at < end;) {
      const entry = entries[at] as number;
      const number = entry >> 2;
      at += 1;
      if ((entry & 3) === OPEN) {
        if (!this.#enter(number, at, visitor)) at = Math.min(tape.after(number), end);
        else if (tape.kindOf(number).role === "pre" && !tape.crossed.has(number)) {
          this.#pass(number);
          at = tape.endOf(number);
        }
      } else if ((entry & 3) === CLOSE) {
        this.#leave(number, at);
        visitor.leave(number, tape.kindOf(number));
      } else if ((entry & 3) === TEXT) this.#text(number);
    }
    this.#endRun(this.root.end);
    for (const element of this.#open) this.#finish(element);
    this.#open.length = 0;
    this.#values.set(this.#totals, 0);
  }

  #enter(element: number, at: number, visitor: Visitor): boolean {
    const kind = this.#tape.kindOf(element);
    const { role } = kind;
    if (kind.isBlock) this.#endRun(at);
    const decision = visitor.enter(element, kind);
    if (kind.isControl) this.#add(CONTROLS, 1);
    if (decision === "cut") return false;
    if (decision === "read" && kind.isInline && this.#tape.isLeaf(element)) {
      this.#addLeaf(element, role === "link");
      return false;
    }
    this.#begin(element);
    this.#open.push(element);
    if (decision === "held") this.#add(HELD, 1);
    if (role === "link") {
      this.#add(LINKS, 1);
      if (this.#isFragment(element)) this.#add(FRAGMENTS, 1);
      this.#link = element;
    } else if (role === "heading") this.#headings += 1;
    else if (role === "pre") this.#code += 1;
    else if (role === "table" || role === "definitions") this.#add(STRUCTURES, 1);
    return true;
  }

  #leave(element: number, at: number): void {
    const open = this.#open;
    if (open[open.length - 1] === element) open.pop();
    else {
      // Formatting that crosses blocks ends after elements that it contains.
      const index = open.lastIndexOf(element);
      if (index < 0) return;
      open.splice(index, 1);
    }
    const kind = this.#tape.kindOf(element);
    if (kind.isBlock) this.#endRun(at);
    const { role } = kind;
    if (role === "link") this.#link = NONE;
    else if (role === "pre") this.#code -= 1;
    else if (role === "heading") this.#heading(element, kind);
    this.#finish(element);
  }

  /** Counts an element of text that contains no others. */
  #addLeaf(element: number, isLink: boolean): void {
    const text = this.#tape.textOf(element);
    const linked = this.#tape.linkTextOf(element);
    const values = this.#values;
    const at = this.#at(element);
    values[at + TEXT_LENGTH] = text;
    values[at + LINKED] = linked;
    this.#addText(text, linked);
    if (this.#code > 0) values[at + STRUCTURES] = text;
    if (!isLink) return;
    values[at + LINKS] = 1;
    this.#add(LINKS, 1);
    this.#link = NONE;
    if (!this.#isFragment(element)) return;
    values[at + FRAGMENTS] = 1;
    this.#add(FRAGMENTS, 1);
  }

  #begin(element: number): void {
    const at = this.#at(element);
    const [values, totals] = [this.#values, this.#totals];
    for (let i = 0; i < FIELDS; i++) values[at + i] = totals[i] as number;
  }

  #finish(element: number): void {
    const at = this.#at(element);
    const [values, totals] = [this.#values, this.#totals];
    for (let i = 0; i < FIELDS; i++) {
      values[at + i] = (totals[i] as number) - (values[at + i] as number);
    }
  }

  /** Counts the text of an element whose own elements are not looked at. */
  #pass(element: number): void {
    const tape = this.#tape;
    this.#addText(tape.textOf(element), tape.linkTextOf(element));
  }

  #addText(text: number, linked: number): void {
    if (text === 0) return;
    const totals = this.#totals;
    (totals[TEXT_LENGTH] as number) += text;
    (totals[LINKED] as number) += linked;
    if (this.#code > 0) (totals[STRUCTURES] as number) += text;
    this.#run += text;
    this.#runLinked += linked;
  }

  #heading(element: number, { level }: ElementKind): void {
    this.#headings -= 1;
    this.#add(HEADINGS, 1);
    if (level === 1) this.#add(TITLES, 1);
    const before = this.#at(element);
    const text = (this.#totals[TEXT_LENGTH] as number) - (this.#values[before] as number);
    const linked = (this.#totals[LINKED] as number) - (this.#values[before + LINKED] as number);
    if (text > 0 && linked >= text * 0.8 && this.#leadsAway(element)) this.#add(LINKED_HEADINGS, 1);
  }

  /** Whether the link around or in a heading leads to another page. */
  #leadsAway(heading: number): boolean {
    const tape = this.#tape;
    let link = this.#link;
    const after = tape.elementAfter(heading);
    for (let i = heading + 1; i < after && link === NONE; i++) {
      if (tape.kindOf(i).role === "link") link = i;
    }
    if (link === NONE) return false;
    return !this.#isFragment(link) && this.#targets[link - this.#first] === ELSEWHERE;
  }

  /** Whether a link leads to a place in the page. */
  #isFragment(link: number): boolean {
    const at = link - this.#first;
    if ((this.#targets[at] ?? UNKNOWN) === UNKNOWN) {
      const href = this.#tape.readAttributes(link, this.#attributes).get("href");
      this.#targets[at] =
        href === undefined ? NOWHERE : href.startsWith("#") ? FRAGMENT : ELSEWHERE;
    }
    return this.#targets[at] === FRAGMENT;
  }

  #text(text: number): void {
    this.#addText(this.#tape.visibleIn(text), this.#tape.linkedIn(text));
  }

  #endRun(at: number): void {
    const own = this.#run - this.#runLinked;
    if (own >= LEAST_PROSE && own >= this.#runLinked && this.#headings === 0) {
      this.#add(PROSE, own);
      this.proseEnd = at;
    }
    this.#run = 0;
    this.#runLinked = 0;
  }

  #add(field: number, amount: number): void {
    (this.#totals[field] as number) += amount;
  }
}
