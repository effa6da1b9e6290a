import type { TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import type { Analysis } from "./analysis.ts";
import { AttributesOfElements } from "./attributes-of.ts";
import { endingIn, insideOf } from "./around.ts";
import { CodeLayouts } from "./code-layout.ts";
import { writeCode } from "./code-sink.ts";
import { type CutReason, Cuts } from "./cuts.ts";
import type { Decider } from "./decider.ts";
import { NotesAfter } from "./notes-after.ts";
import { Output } from "./output.ts";
import { type Part, Parts } from "./parts.ts";
import type { PageSink } from "./page-sink.ts";
import type { Reading } from "./reading.ts";
import type { Readings } from "./readings.ts";
import { Slots } from "./shadow.ts";
import { isPlain } from "./plain.ts";
import { showing } from "./showing.ts";
import type { StreamedContent } from "./streamed.ts";
import { BREAK, CLOSE, MARK, OPEN, PARAGRAPH_END, type Tape } from "./tape.ts";
import { Texts } from "./texts.ts";

/** Reads the parts of a tape that are content, in the order of a reader, into a sink. */
export class Replay {
  readonly cuts = new Cuts();
  /** Whether the whole page is recorded. */
  isEnded = false;
  /** The facts about the elements that are read; nothing for those that are decided one by one. */
  analysis: Analysis | undefined;
  readonly #tape: Tape;
  readonly #sink: PageSink;
  readonly #decider: Decider;
  readonly #attributes: AttributesOfElements;
  readonly #streamed: StreamedContent;
  readonly #slots: Slots;
  readonly #code: CodeLayouts;
  readonly #readings: Readings;
  readonly #notes: NotesAfter;
  readonly #output: Output;
  readonly #texts: Texts;
  readonly #parts = new Parts();
  /** The element whose label was written last. */
  #labelled = -1;
  /** The entries that may still be read in this turn. */
  #left = Infinity;

  constructor(
    tape: Tape,
    sink: PageSink,
    decider: Decider,
    streamed: StreamedContent,
    attributes: TagAttributes,
    slotAttributes: TagAttributes,
    readings: Readings,
  ) {
    this.#tape = tape;
    this.#sink = sink;
    this.#decider = decider;
    this.#streamed = streamed;
    this.#attributes = new AttributesOfElements(tape, attributes);
    this.#slots = new Slots(tape, slotAttributes);
    this.#code = new CodeLayouts(tape, slotAttributes);
    this.#readings = readings;
    this.#notes = new NotesAfter(tape, decider, readings, slotAttributes);
    this.#output = new Output(tape, sink);
    this.#texts = new Texts(tape, sink, readings);
  }

  /** Visible characters outside of links that were read. */
  get prose(): number {
    return this.#texts.prose;
  }

  /** Adds an element to read; undefined for all of the page. */
  add(element: number | undefined): void {
    this.#parts.add(this.#tape, element, () => this.isEnded);
  }

  /** Adds the content of an element that is not read itself. */
  addInside(element: number): void {
    this.#parts.insert([insideOf(this.#tape, element)]);
  }

  /** Whether reading ended only because it had read enough for one turn. */
  get isTired(): boolean {
    return this.#left <= 0;
  }

  /** Whether everything that was added is read. */
  get isDone(): boolean {
    return this.#parts.length === 0;
  }

  /** Sets how much may be read in this turn: entries; four characters of text count as one more. */
  allow(most: number): void {
    this.#left = most;
  }

  /** Reads on as far as it is certain. @returns whether everything that was added is read */
  run(): boolean {
    for (;;) {
      const part = this.#parts.innermost;
      if (part === undefined) return true;
      const end = part.end();
      const certain = this.analysis?.certain ?? Infinity;
      if (!this.#runPart(part, Math.min(end ?? this.#tape.length, certain))) return false;
      if (this.#parts.innermost !== part) continue;
      if (end === undefined || part.at < end) return false;
      this.#parts.pop();
      if (part.note === undefined) continue;
      this.#output.endNote(part.note, part.depth ?? 0);
      this.#readings.note = undefined;
    }
  }

  /** Reads the notes to which the content refers, in the same turn. @returns whether all are read */
  readNotes(): boolean {
    for (;;) {
      if (!this.run()) return false;
      const next = this.#readings.footnotes.take();
      if (next === undefined) return true;
      this.#readings.beginNote(next);
      const note = this.#output.beginNote(next.label);
      const { start, end } = next.content;
      this.#parts.push({ at: start, end: () => end, note, depth: this.#output.depth });
    }
  }

  /** Reads one part up to an entry, or up to a part inside; false if it has to wait. */
  #runPart(part: Part, end: number): boolean {
    const tape = this.#tape;
    const parts = this.#parts.length;
    while (part.at < end) {
      if (this.#left <= 0) return false;
      this.#left -= 1;
      const entry = tape.entryAt(part.at);
      const number = entry >> 2;
      switch (entry & 3) {
        case OPEN:
          if (!this.#element(part, number)) return false;
          if (this.#parts.length !== parts) return true;
          continue;
        case CLOSE:
          if (!this.#refer(part, number)) return false;
          this.#output.end(number);
          break;
        case MARK:
          if (number === BREAK) this.#sink.lineBreak();
          else if (number === PARAGRAPH_END) this.#sink.endParagraph();
          break;
        default:
          this.#left -= this.#texts.pass(number);
      }
      part.at += 1;
    }
    return true;
  }

  /** Refers to notes that stand right after a paragraph; false if it has to wait for what follows. */
  #refer(part: Part, element: number): boolean {
    if (this.#tape.kindOf(element).role !== "paragraph") return true;
    const labels = this.#notes.find(part.at + 1, part.end());
    if (labels === "later") return false;
    for (const label of labels) this.#output.reference(label);
    return true;
  }

  /** Reads the start of an element; false if it has to wait. */
  #element(part: Part, element: number): boolean {
    const tape = this.#tape;
    const kind = tape.kindOf(element);
    const found = this.analysis?.decisionOf(element);
    if (found !== undefined && found !== "read" && !this.#isContent(element, kind, found)) {
      return this.#leaveOut(part, element, found);
    }
    const mayBePlain = !kind.isDoubtful && !this.#concerns(kind);
    if (mayBePlain && isPlain(tape, element, this.#decider, this.#readings, this.#output)) {
      return this.#begin(part, element, kind);
    }
    if (this.#streamed.hasPlaces && !tape.isBare(element)) {
      const moved = this.#streamed.movedTo(element, this.isEnded);
      if (moved === "later") return false;
      if (moved !== undefined) {
        part.at = moved.next;
        this.#parts.insert([insideOf(this.#tape, moved.content)]);
        return true;
      }
    }
    const attributes = this.#attributes.of(element);
    const decision = found ?? this.#decider.decide(element, attributes, this.#output.isInCode);
    if (decision === "later") return false;
    if (decision !== "read" && !this.#isContent(element, kind, decision)) {
      return this.#leaveOut(part, element, decision);
    }
    if (kind.mayShow || kind.role === "image") return this.#show(part, element, kind);
    if (this.#output.isInCode) return this.#enter(part, element, kind);
    if (this.#code.labels.has(element)) return this.#leaveOut(part, element, "furniture");
    if (this.#labelled !== element) {
      const reading = this.#readings.of(element, kind, attributes, this.isEnded);
      if (reading === "later") return false;
      if (reading !== undefined) return this.#readAs(part, element, kind, reading);
    }
    return this.#enterAsCode(part, element, kind);
  }

  /** Whether an element without attributes may be read in a way of its own. */
  #concerns(kind: ElementKind): boolean {
    return kind.mayBeCode || !this.#code.labels.isEmpty || this.#readings.concerns(kind);
  }

  /** Reads an element as code if the page lays it out as such. */
  #enterAsCode(part: Part, element: number, kind: ElementKind): boolean {
    const code = this.#code.at(element, kind, this.#attributes.of(element), this.isEnded);
    if (code === "later") return false;
    if (code === undefined) return this.#enter(part, element, kind);
    this.#texts.prose += this.#tape.proseOf(element);
    writeCode(this.#sink, code);
    return this.#skip(part, element);
  }

  /** Whether an element is content all the same, since a reader can open it. */
  #isContent(element: number, kind: ElementKind, reason: CutReason): boolean {
    if (reason !== "hidden" && reason !== "landmark") return false;
    const own = this.#attributes.of(element);
    return this.#readings.isContent(element, kind, own, reason === "hidden");
  }

  #leaveOut(part: Part, element: number, reason: CutReason): boolean {
    const isClosed = this.#tape.isClosed(element);
    if (isClosed && (reason === "landmark" || reason === "control")) {
      this.#readings.leaveOut(element, this.#tape.kindOf(element), this.#attributes.of(element));
    }
    if (!this.#skip(part, element)) return false;
    this.cuts.add(element, reason);
    return true;
  }

  /** Reads an element as something else. */
  #readAs(part: Part, element: number, kind: ElementKind, reading: Reading): boolean {
    switch (reading.as) {
      case "nothing":
        return this.#leaveOut(part, element, "moved");
      case "reference":
        this.#output.reference(reading.label);
        return this.#skip(part, element);
      case "labelled":
        this.#output.label(reading.label);
        this.#labelled = element;
        return this.#enterAsCode(part, element, kind);
      case "strong":
        this.#output.beginStrong(element);
        break;
      case "kind":
        this.#output.begin(
          element,
          reading.kind,
          reading.attributes ?? this.#attributes.of(element),
        );
    }
    part.at += 1;
    return true;
  }

  /** Reads what an element shows that has no text. */
  #show(part: Part, element: number, kind: ElementKind): boolean {
    const shown = showing(this.#tape, element, this.#attributes.of(element), this.isEnded);
    if (shown === "later") return false;
    if (shown === "read") return this.#enter(part, element, kind);
    if (shown === "inert") return this.#leaveOut(part, element, "inert");
    this.#output.begin(element, kind, shown.attributes);
    part.at = shown.isRead ? part.at + 1 : this.#tape.endOf(element);
    return true;
  }

  #enter(part: Part, element: number, kind: ElementKind): boolean {
    const other = this.#slots.contentOf(element, kind);
    if (other === "later") return false;
    if (other === undefined) return this.#begin(part, element, kind);
    if (other.isHost) this.#output.begin(element, kind, this.#attributes.of(element));
    part.at = other.isHost ? this.#tape.endOf(element) : this.#tape.after(element);
    this.#parts.insert(other.ranges);
    return true;
  }

  #begin(part: Part, element: number, kind: ElementKind): true {
    this.#output.begin(element, kind, this.#attributes.of(element));
    part.at += 1;
    return true;
  }

  /** Passes over an element; formatting that began before it may end in it. */
  #skip(part: Part, element: number): boolean {
    const tape = this.#tape;
    if (!tape.isClosed(element) && !this.isEnded) return false;
    for (const ended of endingIn(tape, element)) this.#output.end(ended);
    if (tape.kindOf(element).isBlock) this.#sink.endParagraph();
    part.at = tape.after(element);
    return true;
  }
}
