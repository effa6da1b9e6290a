import type { Attributes, TagAttributes } from "../stream/attributes.ts";
import { insideOf, type Range } from "./around.ts";
import { type Definition, definitionAt } from "./definitions.ts";
import { fragmentOf, type Ids } from "./ids.ts";
import { NONE, OPEN, TEXT, type Tape } from "./tape.ts";
import { visibleText } from "./visible-text.ts";

/** A note that the page refers to. */
export interface PageNote {
  readonly label: string;
  /** The text of its first reference. */
  readonly sign: string;
  readonly content: Range;
}

/** What a raised link says that refers to a note. */
const SIGN =
  /^[[({]?\s*(?:\d{1,4}(?::\d{1,4})?|[a-z]{1,2}|[ivxlc]{1,7}|(?:note|nb|n|fn|lower-alpha|upper-alpha)\.?\s*\d{1,4}|[*\u2020\u2021\u00a7\u00b6\u2016#]{1,4})\s*[\])}.]?$/i;
const LONGEST_SIGN = 40;
const LABEL = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,30}$/u;
const BACK_SIGN = /^[^\p{L}\p{N}]*$/u;
const BACK_TARGET =
  /^(?:fn-?ref|cite_ref|footnote-?ref|footnote-anchor|user-content-fnref|_ftnref|ref-?fn|back)/i;
const MOST = 10_000;
/** Elements in raised text that is nothing but references. */
const MOST_RAISED = 60;
/** Entries of a note in which references are looked for. */
const MOST_ENTRIES = 500;

/** Finds references to notes, and the notes, which may come much later or before. */
export class PageNotes {
  readonly #tape: Tape;
  readonly #ids: Ids;
  readonly #attributes: TagAttributes;
  readonly #linkAttributes: TagAttributes;
  /** Notes by the element that holds them, and all in the order of their references. */
  readonly #byElement = new Map<number, PageNote>();
  readonly #all: PageNote[] = [];
  /** Notes whose own references were not looked for. */
  readonly #unscanned: PageNote[] = [];
  /** The last element that was read outside of notes: what is before it was read in its place. */
  lastRead = NONE;
  readonly #labels = new Set<string>();
  /** Ids of references, to which notes link back. */
  readonly #referenceIds = new Set<string>();
  #next = 1;
  #read = 0;

  constructor(tape: Tape, ids: Ids, openAttributes: () => TagAttributes) {
    this.#tape = tape;
    this.#ids = ids;
    this.#attributes = openAttributes();
    this.#linkAttributes = openAttributes();
  }

  /** The next note that is to be read; each once. */
  take(): PageNote | undefined {
    const next = this.#all[this.#read];
    if (next !== undefined) this.#read += 1;
    return next;
  }

  /** Whether an element is a note that is read at another place. */
  has(element: number): boolean {
    return this.#byElement.has(element);
  }

  get size(): number {
    return this.#all.length;
  }

  /**
   * The note that a link refers to; undefined if it is no reference; "later" if the note may come.
   *
   * @param isEnded whether the whole page is recorded
   */
  at(link: number, attributes: Attributes, isEnded: boolean): PageNote | "later" | undefined {
    const note = this.#resolve(link, attributes, isEnded);
    if (this.#unscanned.length > 0) this.#scan();
    return note;
  }

  /** Adds the notes to which new notes refer, so that these are not read in their places. */
  #scan(): void {
    const tape = this.#tape;
    for (let next = this.#unscanned.pop(); next !== undefined; next = this.#unscanned.pop()) {
      const { start, end } = next.content;
      const after = Math.min(end, start + MOST_ENTRIES);
      for (let at = start; at < after; at++) {
        const entry = tape.entryAt(at);
        const link = entry >> 2;
        if ((entry & 3) !== OPEN || tape.kindOf(link).role !== "link") continue;
        this.#resolve(link, tape.readAttributes(link, this.#linkAttributes), false);
      }
    }
  }

  #resolve(link: number, attributes: Attributes, isEnded: boolean): PageNote | "later" | undefined {
    const id = this.#targetOf(link, attributes);
    if (id === "" || this.#all.length >= MOST) return undefined;
    const tape = this.#tape;
    if (!tape.isClosed(link)) return isEnded ? undefined : "later";
    const target = this.#ids.find(id);
    if (target === NONE || !tape.isClosed(target)) return isEnded ? undefined : "later";
    const definition = definitionAt(tape, target, this.#attributes);
    if (definition === undefined || isIn(tape, link, definition.element)) return undefined;
    if (!tape.isClosed(definition.element)) return isEnded ? undefined : "later";
    const { element } = definition;
    if (element <= this.lastRead && !this.#byElement.has(element)) return undefined;
    const ownId = attributes.get("id");
    const note = this.#add(definition, visibleText(tape, link));
    this.#remember(link, ownId);
    return note;
  }

  /** Adds a note that stands beside its reference. */
  addAside(element: number): PageNote | undefined {
    if (this.#all.length >= MOST) return undefined;
    const content = insideOf(this.#tape, element);
    return this.#add({ element, sign: NONE, content }, "");
  }

  #add({ element, sign: term, content }: Definition, sign: string): PageNote {
    const known = this.#byElement.get(element);
    if (known !== undefined) return known;
    const note = { label: this.#labelFor(sign), sign: bareSign(sign), content };
    this.#byElement.set(element, note);
    if (term !== NONE) this.#byElement.set(term, note);
    this.#all.push(note);
    this.#unscanned.push(note);
    return note;
  }

  /** A label that no other note has: what the page shows, or else a number. */
  #labelFor(sign: string): string {
    let label = bareSign(sign).replaceAll(/\s+/gu, "-").toLowerCase();
    if (!LABEL.test(label) || this.#labels.has(label)) {
      while (this.#labels.has(String(this.#next))) this.#next += 1;
      label = String(this.#next);
    }
    this.#labels.add(label);
    return label;
  }

  /** Remembers the ids of a reference and of the elements that contain nothing else. */
  #remember(link: number, ownId: string | undefined): void {
    const tape = this.#tape;
    if (ownId !== undefined) this.#referenceIds.add(ownId);
    let element = tape.parentOf(link);
    for (let i = 0; i < 3 && element !== NONE && !tape.kindOf(element).isBlock; i++) {
      const id = tape.readAttributes(element, this.#attributes).get("id");
      if (id !== undefined) this.#referenceIds.add(id);
      element = tape.parentOf(element);
    }
    // An empty anchor before the reference.
    if (link > 0 && tape.textOf(link - 1) === 0) {
      const before = tape.readAttributes(link - 1, this.#attributes);
      const id = before.get("id") ?? before.get("name");
      if (id !== undefined) this.#referenceIds.add(id);
    }
  }

  /** The id of the note that a link may refer to; empty if it does not look like a reference. */
  #targetOf(link: number, attributes: Attributes): string {
    const href = attributes.get("href");
    if (href === undefined || !href.includes("#")) return "";
    const role = attributes.get("role");
    const means = attributes.facts.meaning?.is;
    if (role === "doc-backlink" || means === "back-link") return "";
    if (attributes.has("data-footnote-backref")) return "";
    const tape = this.#tape;
    const isNamed =
      role === "doc-noteref" ||
      means === "reference" ||
      attributes.has("data-footnote-ref") ||
      attributes.get("epub:type") === "noteref";
    if (!isNamed && !href.startsWith("#")) return "";
    if (tape.textOf(link) > LONGEST_SIGN) return "";
    const id = fragmentOf(href);
    if (isNamed || this.#isInReference(link)) return id;
    if (this.#referenceIds.has(id) || BACK_TARGET.test(id)) return "";
    return this.#isRaised(link) && SIGN.test(visibleText(tape, link)) ? id : "";
  }

  /** Whether the element around a link says that it is a reference. */
  #isInReference(link: number): boolean {
    const parent = this.#tape.parentOf(link);
    if (parent === NONE || this.#tape.isBare(parent)) return false;
    const attributes = this.#tape.readAttributes(parent, this.#attributes);
    return attributes.facts.meaning?.is === "reference";
  }

  /** Whether a link is raised, or contains nothing but raised text. */
  #isRaised(link: number): boolean {
    const tape = this.#tape;
    let parent = tape.parentOf(link);
    for (let i = 0; i < 3 && parent !== NONE && !tape.kindOf(parent).isBlock; i++) {
      if (tape.kindOf(parent).name === "sup") return true;
      parent = tape.parentOf(parent);
    }
    const after = Math.min(tape.elementAfter(link), link + 3);
    for (let inner = link + 1; inner < after; inner++) {
      if (tape.kindOf(inner).name === "sup") return tape.textOf(inner) === tape.textOf(link);
    }
    return false;
  }

  /** Whether a link in a note leads back to its reference. */
  isBackLink(link: number, attributes: Attributes): boolean {
    if (attributes.get("role") === "doc-backlink") return true;
    if (attributes.has("data-footnote-backref")) return true;
    const href = attributes.get("href");
    if (href === undefined || !href.includes("#")) return false;
    const id = fragmentOf(href);
    if (this.#referenceIds.has(id)) return true;
    return href.startsWith("#") && BACK_SIGN.test(visibleText(this.#tape, link));
  }

  /** Whether raised text is nothing but references, whose own signs are raised. */
  isOnlyReferences(raised: number, isEnded: boolean): boolean | "later" {
    const tape = this.#tape;
    if (!tape.isClosed(raised)) return isEnded ? false : "later";
    if (tape.elementAfter(raised) - raised > MOST_RAISED) return false;
    const end = tape.endOf(raised);
    let isFound = false;
    const slice = { source: "", start: 0, end: 0 };
    for (let at = tape.startOf(raised) + 1; at < end;) {
      const entry = tape.entryAt(at);
      const number = entry >> 2;
      at += 1;
      if ((entry & 3) === TEXT) {
        const { source, start, end: textEnd } = tape.readText(number, slice);
        if (textEnd - start > 20 || !BACK_SIGN.test(source.slice(start, textEnd))) return false;
      } else if ((entry & 3) === OPEN && tape.kindOf(number).role === "link") {
        const attributes = tape.readAttributes(number, this.#linkAttributes);
        const note = this.at(number, attributes, isEnded);
        if (note === "later") return "later";
        if (note === undefined) return false;
        isFound = true;
        at = tape.after(number);
      }
    }
    return isFound;
  }
}

/** The sign of a reference without brackets. */
export function bareSign(sign: string): string {
  return sign.replaceAll(/^[\s[({^]+|[\s\])}.:^]+$/gu, "");
}

function isIn(tape: Tape, element: number, other: number): boolean {
  return element >= other && element < tape.elementAfter(other);
}
