import type { TokenEvents } from "../../../html/tokenizer.ts";
import { type AttributeNames, ID, ROLE } from "../stream/attribute-names.ts";
import { TagAttributes } from "../stream/attributes.ts";
import { type ElementKind, ElementKinds, SHADOW_ROOT } from "../stream/elements.ts";
import { OpenElements } from "./open-elements.ts";
import { BREAK, PARAGRAPH_END, Tape } from "./tape.ts";

/** What the recorder tells while it records. */
export interface PageEvents {
  /** A `<meta>`, `<link>` or `<base>`. */
  meta(kind: ElementKind, attributes: TagAttributes): void;
  title(title: string): void;
  /** The content of a script that is not TeX. */
  script(content: string, type: string): void;
  /** An element has begun that may be main content, or content for another place. */
  element(element: number, kind: ElementKind, attributes: TagAttributes): void;
  /** No more elements are recorded. */
  full(): void;
  /** A block has begun or ended, or a part of a long text: a position that does not depend on how the input is cut. */
  block(): void;
}

/** The longest text in one entry, and the longest character reference. */
const LONGEST_TEXT = 16_384;
const LONGEST_REFERENCE = 40;
/** Elements that are recorded, each of about 60 bytes: what follows them is not read. */
export const MOST_ELEMENTS = 500_000;
/** The most that is read of a title or script. */
const LONGEST_CAPTURE = 262_144;
/** Comments that streaming frameworks write around content that comes later. */
const PLACE = /^(?:\$[?!~]?|\/\$|pl-[\w-]{1,40})$/;
const LONGEST_PLACE = 48;
/** What tags have that say something about main content, or about content for another place. */
const TELLING =
  /main|articleBody|S:|af(?:ph)?\d|id=["']?(?:app|root|__next|__nuxt|___gatsby|svelte)["'\s>]?/;

/** Records the tags and texts of one page on a tape. */
export class TapeRecorder implements TokenEvents {
  readonly tape: Tape;
  /** The number of tags and texts so far. */
  steps = 0;
  readonly #events: PageEvents;
  readonly #stack: OpenElements;
  readonly #kinds = new ElementKinds();
  readonly #attributes: TagAttributes;
  readonly #isXml: boolean;
  readonly #readsAll: boolean;
  /** The text that has not ended: a part of a text. */
  #source = "";
  #start = 0;
  #end = 0;
  #isLiteral = false;
  /** The element whose text is read instead of recorded, and that text. */
  #captured: ElementKind | undefined;
  #capture = "";
  #captureType = "";

  /** @param names of attributes that are read @param readsAll whether any element may be main content */
  constructor(events: PageEvents, names: AttributeNames, isXml: boolean, readsAll: boolean) {
    this.tape = new Tape(names);
    this.#stack = new OpenElements(this.tape);
    this.#events = events;
    this.#attributes = new TagAttributes(names);
    this.#isXml = isXml;
    this.#readsAll = readsAll;
  }

  isForeign(): boolean {
    return this.#stack.foreign > 0;
  }

  open(
    source: string,
    nameStart: number,
    nameEnd: number,
    end: number,
    selfClosing: boolean,
  ): void {
    this.#endText();
    this.steps += 1;
    let kind = this.#kinds.find(source, nameStart, nameEnd);
    const stack = this.#stack;
    if (this.#captured !== undefined) {
      if (!kind.isBlock && kind.role !== "body") return;
      this.#endCapture();
    }
    if (kind.isBlock || kind.ends !== undefined) stack.closeImplied(kind);
    const { role } = kind;
    if (role === "document" || role === "head" || role === "body") return;
    if (role === "meta") {
      if (stack.foreign > 0) return;
      this.#events.meta(kind, this.#attributes.set(source, nameEnd, end));
      return;
    }
    const isEmpty = kind.isVoid || (selfClosing && (this.#isXml || stack.foreign > 0));
    if (!isEmpty && stack.foreign === 0 && this.#mayCapture(kind, source, nameEnd, end)) return;
    if (this.tape.elementCount >= MOST_ELEMENTS) {
      this.#events.full();
      return;
    }
    if (stack.isFull && !isEmpty) {
      stack.overflow();
      return;
    }
    if (kind.name === "template" && this.#isShadow(source, nameEnd, end)) kind = SHADOW_ROOT;
    const element = this.tape.open(kind, stack.innermost, source, nameEnd, end);
    if (isEmpty) this.tape.close(element);
    else stack.push(kind, element);
    if (this.#isTelling(element, kind, source, nameEnd, end)) {
      this.#events.element(element, kind, this.tape.readAttributes(element, this.#attributes));
    }
    if (kind.isBlock) this.#events.block();
  }

  /** Whether an element may be main content, or content for another place. */
  #isTelling(
    element: number,
    kind: ElementKind,
    source: string,
    start: number,
    end: number,
  ): boolean {
    if (this.#readsAll || kind.isSection || kind.name === "template") return true;
    if ((kind.role !== "block" && kind.name !== "span") || end - start < 7) return false;
    if ((this.tape.bitsOf(element) & (ID | ROLE)) === 0) return false;
    return TELLING.test(source.slice(start, Math.min(end, start + 4096)));
  }

  #isShadow(source: string, start: number, end: number): boolean {
    return this.#attributes.set(source, start, end).has("shadowrootmode");
  }

  /** Begins to read an element whose text is not content. */
  #mayCapture(kind: ElementKind, source: string, start: number, end: number): boolean {
    if (kind.role === "title") this.#captureType = "";
    else if (kind.role !== "script" && kind.name !== "style") return false;
    else if (this.#isXml) return false;
    else {
      const attributes = this.#attributes.set(source, start, end);
      const type = kind.name === "style" ? "" : (attributes.get("type") ?? "");
      if (type.startsWith("math/")) return false;
      this.#captureType = type;
    }
    this.#captured = kind;
    this.#capture = "";
    return true;
  }

  #endCapture(): void {
    const kind = this.#captured;
    this.#captured = undefined;
    if (kind?.role === "title") this.#events.title(this.#capture);
    else if (kind?.role === "script") this.#events.script(this.#capture, this.#captureType);
    this.#capture = "";
  }

  close(source: string, nameStart: number, nameEnd: number): void {
    this.#endText();
    this.steps += 1;
    const kind = this.#kinds.find(source, nameStart, nameEnd);
    if (this.#captured !== undefined) {
      if (kind.name === this.#captured.name) this.#endCapture();
      return;
    }
    if (kind.role === "break") {
      this.tape.mark(BREAK);
      return;
    }
    const isEnded = this.#stack.close(kind);
    if (!isEnded && kind.role === "paragraph") this.tape.mark(PARAGRAPH_END);
    if (kind.isBlock) this.#events.block();
  }

  text(source: string, start: number, end: number, isLiteral: boolean): void {
    if (this.#captured !== undefined) {
      if (this.#captured.name === "style" || this.#capture.length > LONGEST_CAPTURE) return;
      this.#capture += source.slice(start, end);
      return;
    }
    if (this.#end === this.#start) {
      this.#source = source;
      this.#start = start;
      this.#end = end;
      this.#isLiteral = isLiteral;
    } else if (source === this.#source && start === this.#end) {
      this.#end = end;
    } else {
      this.#source = this.#source.slice(this.#start, this.#end) + source.slice(start, end);
      this.#start = 0;
      this.#end = this.#source.length;
    }
    // In steps counted from its start, so that the input's cuts do not matter.
    while (this.#end - this.#start >= LONGEST_TEXT + LONGEST_REFERENCE) {
      const step = this.#stepEnd();
      this.#record(step);
      this.#start = step;
      this.#events.block();
    }
  }

  /** The end of the next step of a long text: not inside a reference or a surrogate pair. */
  #stepEnd(): number {
    const end = this.#start + LONGEST_TEXT;
    const source = this.#source;
    for (let i = end - 1; i > end - LONGEST_REFERENCE; i--) {
      if (source.charCodeAt(i) === 38) return i;
    }
    const last = source.charCodeAt(end - 1);
    return last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
  }

  #endText(): void {
    if (this.#end === this.#start) return;
    this.#record(this.#end);
    this.#start = this.#end;
  }

  #record(end: number): void {
    this.steps += 1;
    const start = this.#start;
    const { inert, links } = this.#stack;
    const visible = inert > 0 ? 0 : visibleLength(this.#source, start, end);
    if (this.#isLiteral) this.tape.literals.add(this.tape.textCount);
    this.tape.text(this.#source, start, end, visible, links > 0);
  }

  comment(source: string, start: number, end: number): void {
    this.#endText();
    if (end - start > LONGEST_PLACE || this.#captured !== undefined) return;
    const content = source.slice(start, end);
    if (PLACE.test(content)) this.tape.comment(content);
  }

  /** Ends the page, and all of its open elements. */
  end(): void {
    this.#endText();
    if (this.#captured !== undefined) this.#endCapture();
    this.#stack.popTo(0);
    this.#events.block();
  }
}

/** The length of a text without white space at its ends. */
function visibleLength(text: string, start: number, end: number): number {
  let from = start;
  while (from < end && text.charCodeAt(from) <= 32) from += 1;
  let to = end;
  while (to > from && text.charCodeAt(to - 1) <= 32) to -= 1;
  return to - from;
}
