import { decodeText } from "../../../html/references.ts";
import type { TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import type { Analysis } from "./analysis.ts";
import { CodeLayouts } from "./code-layout.ts";
import { writeCode } from "./code-sink.ts";
import { type CutReason, Cuts } from "./cuts.ts";
import type { Decider } from "./decider.ts";
import type { PageSink } from "./page-sink.ts";
import { type Range, Slots } from "./shadow.ts";
import type { StreamedContent } from "./streamed.ts";
import { BREAK, CLOSE, MARK, OPEN, PARAGRAPH_END, type Slice, type Tape } from "./tape.ts";

/** A range of the tape that is being read. */
interface Part {
  at: number;
  /** The entry at which it ends; undefined while that is not recorded. */
  readonly end: () => number | undefined;
}

/** The most parts inside of one another; deeper ones are left out. */
const DEEPEST = 200;

/** Reads the parts of a tape that are content, in the order of a reader, into a sink. */
export class Replay {
  readonly cuts = new Cuts();
  /** Whether the whole page is recorded. */
  isEnded = false;
  /** What is known of the elements that are read; nothing for those that are decided one by one. */
  analysis: Analysis | undefined;
  /** Visible characters outside of links that were read. */
  prose = 0;
  readonly #tape: Tape;
  readonly #sink: PageSink;
  readonly #decider: Decider;
  readonly #attributes: TagAttributes;
  /** The element whose attributes these are. */
  #attributesOf = -1;
  readonly #streamed: StreamedContent;
  readonly #slots: Slots;
  readonly #code: CodeLayouts;
  readonly #parts: Part[] = [];
  /** Elements that began in the sink and have not ended, innermost last. */
  readonly #open: number[] = [];
  #codeDepth = 0;
  /** Entries that may still be read in this turn; four characters of text count as one more. */
  #left = Infinity;
  readonly #slice: Slice = { source: "", start: 0, end: 0 };
  /** The next `&` of a text that was searched, or its end. */
  #searched = "";
  #reference = -1;

  constructor(
    tape: Tape,
    sink: PageSink,
    decider: Decider,
    streamed: StreamedContent,
    attributes: TagAttributes,
    slotAttributes: TagAttributes,
  ) {
    this.#tape = tape;
    this.#sink = sink;
    this.#decider = decider;
    this.#streamed = streamed;
    this.#attributes = attributes;
    this.#slots = new Slots(tape, slotAttributes);
    this.#code = new CodeLayouts(tape, slotAttributes);
  }

  /** Adds an element to read; undefined for all of the page. */
  add(element: number | undefined): void {
    const tape = this.#tape;
    const at = element === undefined ? 0 : tape.startOf(element);
    const end = (): number | undefined => {
      if (element === undefined) return this.isEnded ? tape.length : undefined;
      return tape.isClosed(element) ? tape.after(element) : undefined;
    };
    this.#parts.push({ at, end });
  }

  /** Adds the content of an element that is not read itself. */
  addInside(element: number): void {
    this.#insert([this.#insideOf(element)]);
  }

  /** Whether reading ended only because it had read enough for one turn. */
  get isTired(): boolean {
    return this.#left < 0;
  }

  /** Whether everything that was added is read. */
  get isDone(): boolean {
    return this.#parts.length === 0;
  }

  /**
   * Reads on as far as it is certain.
   *
   * @param most entries that are read; four characters of text count as one more
   * @returns whether everything that was added is read
   */
  run(most = Infinity): boolean {
    this.#left = most;
    for (;;) {
      const part = this.#parts[this.#parts.length - 1];
      if (part === undefined) return true;
      const end = part.end();
      const certain = this.analysis?.certain ?? Infinity;
      if (!this.#runPart(part, Math.min(end ?? this.#tape.length, certain))) return false;
      if (this.#parts[this.#parts.length - 1] !== part) continue;
      if (end === undefined || part.at < end) return false;
      this.#parts.pop();
    }
  }

  /** Reads one part up to an entry, or up to a part inside; false if it has to wait. */
  #runPart(part: Part, end: number): boolean {
    const tape = this.#tape;
    const parts = this.#parts.length;
    while (part.at < end) {
      if (--this.#left < 0) return false;
      const entry = tape.entryAt(part.at);
      const number = entry >> 2;
      switch (entry & 3) {
        case OPEN: {
          if (!this.#element(part, number)) return false;
          if (this.#parts.length !== parts) return true;
          continue;
        }
        case CLOSE:
          this.#close(number);
          break;
        case MARK:
          if (number === BREAK) this.#sink.lineBreak();
          else if (number === PARAGRAPH_END) this.#sink.endParagraph();
          break;
        default:
          this.#text(number);
      }
      part.at += 1;
    }
    return true;
  }

  /** Reads the start of an element; false if it has to wait. */
  #element(part: Part, element: number): boolean {
    const tape = this.#tape;
    const kind = tape.kindOf(element);
    const isBare = tape.isBare(element);
    const found = this.analysis?.decisionOf(element);
    if (found !== undefined && found !== "read") return this.#leaveOut(part, element, found);
    const isPlain = isBare && !kind.isDoubtful && !kind.mayBeCode && this.#code.labels.isEmpty;
    if (isPlain && tape.shadows.size === 0 && !this.#decider.hasSelectors) {
      this.#begin(element, kind);
      part.at += 1;
      return true;
    }
    if (this.#streamed.hasPlaces && !isBare) {
      const moved = this.#moved(element);
      if (moved === "later") return false;
      if (moved !== undefined) {
        part.at = moved.next;
        this.#insert([this.#insideOf(moved.content)]);
        return true;
      }
    }
    const decision =
      found ?? this.#decider.decide(element, this.#read(element), this.#codeDepth > 0);
    if (decision === "later") return false;
    if (decision !== "read") return this.#leaveOut(part, element, decision);
    if (this.#codeDepth > 0) return this.#enter(part, element, kind);
    if (this.#code.labels.has(element)) return this.#leaveOut(part, element, "furniture");
    const code = this.#code.at(element, kind, this.#read(element), this.isEnded);
    if (code === "later") return false;
    if (code === undefined) return this.#enter(part, element, kind);
    this.prose += tape.proseOf(element);
    writeCode(this.#sink, code);
    return this.#skip(part, element);
  }

  #leaveOut(part: Part, element: number, reason: CutReason): boolean {
    this.cuts.add(element, reason);
    return this.#skip(part, element);
  }

  /** Whether content that is streamed later belongs in the place of an element. */
  #moved(element: number) {
    const id = this.#streamed.idOf(element);
    return id === "" ? undefined : this.#streamed.at(element, id, this.isEnded);
  }

  /** The attributes of an element; read once for all who ask about the same one. */
  #read(element: number): TagAttributes {
    if (this.#attributesOf !== element) this.#tape.readAttributes(element, this.#attributes);
    this.#attributesOf = element;
    return this.#attributes;
  }

  #enter(part: Part, element: number, kind: ElementKind): boolean {
    const tape = this.#tape;
    const shadow = tape.shadows.get(element);
    if (shadow !== undefined && kind.role !== "shadow") {
      if (!tape.isClosed(element)) return false;
      this.#begin(element, kind);
      part.at = tape.endOf(element);
      this.#insert([this.#insideOf(shadow)]);
      return true;
    }
    if (kind.name === "slot" && tape.shadows.size > 0) {
      if (!tape.isClosed(element)) return false;
      const ranges = this.#slots.fill(element);
      if (ranges.length > 0) {
        part.at = tape.after(element);
        this.#insert(ranges);
        return true;
      }
    }
    this.#begin(element, kind);
    part.at += 1;
    return true;
  }

  #begin(element: number, kind: ElementKind): void {
    this.#open.push(element);
    if (kind.role === "pre") this.#codeDepth += 1;
    this.#sink.open(element, kind, this.#read(element));
  }

  #close(element: number): void {
    const open = this.#open;
    const last = open.length - 1;
    if (open[last] === element) open.pop();
    else {
      const index = open.lastIndexOf(element);
      if (index < 0) return;
      open.splice(index, 1);
    }
    if (this.#tape.kindOf(element).role === "pre") this.#codeDepth -= 1;
    this.#sink.close(element);
  }

  /** Passes over an element; formatting that began before it may end in it. */
  #skip(part: Part, element: number): boolean {
    const tape = this.#tape;
    if (!tape.isClosed(element)) {
      if (!this.isEnded) return false;
    }
    const after = tape.after(element);
    if (tape.crossed.has(element)) {
      for (let at = part.at; at < after; at++) {
        const entry = tape.entryAt(at);
        if ((entry & 3) === CLOSE && entry >> 2 < element) this.#close(entry >> 2);
      }
    }
    if (tape.kindOf(element).isBlock) this.#sink.endParagraph();
    part.at = after;
    return true;
  }

  #insideOf(element: number): Range {
    const tape = this.#tape;
    return { start: tape.startOf(element) + 1, end: tape.endOf(element) };
  }

  /** Reads ranges before the rest of the current part. */
  #insert(ranges: readonly Range[]): void {
    if (this.#parts.length > DEEPEST) return;
    for (const { start, end } of ranges.toReversed()) {
      this.#parts.push({ at: start, end: () => end });
    }
  }

  #text(text: number): void {
    const tape = this.#tape;
    this.prose += tape.visibleBefore(text + 1) - tape.visibleBefore(text);
    this.prose -= tape.linkedBefore(text + 1) - tape.linkedBefore(text);
    const { source, start, end } = tape.readText(text, this.#slice);
    this.#left -= (end - start) >> 2;
    if (!this.#hasReference(source, start, end) || tape.literals.has(text)) {
      this.#sink.text(source, start, end);
      return;
    }
    const decoded = decodeText(source.slice(start, end));
    this.#sink.text(decoded, 0, decoded.length);
  }

  /** Whether a text may contain character references; reads each character once. */
  #hasReference(source: string, start: number, end: number): boolean {
    if (source !== this.#searched || this.#reference < start) {
      const found = source.indexOf("&", start);
      this.#searched = source;
      this.#reference = found < 0 ? source.length : found;
    }
    return this.#reference < end;
  }
}
