import { asReference, classOf, codeAt, sliceOf } from "./characters.ts";
import { codeSpan } from "./code.ts";
import {
  CODE_STOPS,
  endOfSpace,
  MARK,
  isListDelimiter,
  lineStartEscape,
  NUL,
  needsEscape,
  PLAIN,
  STOPS,
} from "./escape.ts";
import { type Ended, type Format, type Frame, joinLink, MARKERS, separate } from "./format.ts";
import { Growing } from "./growing.ts";

/** Pending white space: none, a space, a no-break space, a line break. */
type Gap = 0 | 1 | 2 | 3;
/** The texts of line breaks. */
const BREAKS = { block: "\\\n", heading: " ", cell: "<br>" };
const LONGEST_RUN = 1024;
const NUMBER_AT_START = /(?:^|\n)\d{1,9}$/;

/** Writes the inline content of one block: collapses white space, escapes, places markers. */
export class Inline {
  /** Characters of text in all blocks so far. */
  textLength = 0;
  place: keyof typeof BREAKS = "block";
  /** Increases with every output. */
  written = 0;
  #text = new Growing();
  #gap: Gap = 0;
  readonly #frames: Frame[] = [];
  readonly #active: Format[] = [];
  #ended: Ended | undefined;
  /** The positions at which emphasis and code ended last. */
  #emphasisEnd = -1;
  #codeEnd = -1;

  get isEmpty(): boolean {
    return this.#text.isEmpty && this.#frames.length === 0 && this.#ended === undefined;
  }

  get isInCode(): boolean {
    return this.#active.some((format) => format.kind === "code");
  }

  space(): void {
    if (this.#gap === 0) this.#gap = 1;
  }

  lineBreak(): void {
    if (!this.isEmpty) this.#gap = 3;
  }

  /** Whether a line break is pending: a second one ends the paragraph. */
  get owesBreak(): boolean {
    return this.#gap === 3;
  }

  open(format: Format): void {
    const code = format.kind === "link" ? this.#active.findIndex((f) => f.kind === "code") : -1;
    if (code < 0) {
      this.#active.push(format);
      return;
    }
    // A link can't be inside a code span: the span is split around it.
    while (this.#frames.length > code) this.#closeFrame();
    this.#active.splice(code, 0, format);
  }

  /** Whether this formatting would have an effect. */
  accepts(kind: Format["kind"]): boolean {
    if (kind === "link") return !this.#active.some((f) => f.kind === "link");
    return !this.#active.some((f) => f.kind === kind || f.kind === "code");
  }

  close(format: Format): void {
    const index = this.#active.indexOf(format);
    if (index < 0) return;
    while (this.#frames.length > index) this.#closeFrame();
    if (index === this.#active.length - 1) this.#active.pop();
    else this.#active.splice(index, 1);
  }

  /** Returns the content of the block; open formatting, except links, continues in the next. */
  take(): string {
    while (this.#frames.length > 0) {
      const { format } = this.#frames[this.#frames.length - 1] as Frame;
      this.#closeFrame();
      if (format.kind === "link") this.#active.splice(this.#active.indexOf(format), 1);
    }
    this.#gap = 0;
    if (this.isEmpty) return "";
    this.#writeEnded();
    const taken = this.#text.toString();
    this.#text = new Growing();
    this.#emphasisEnd = this.#codeEnd = -1;
    return taken;
  }

  /** Writes markdown without escaping, e.g. an image. */
  raw(markdown: string): void {
    this.#start();
    this.#text.append(markdown);
    this.#codeEnd = -1;
  }

  /** Writes a part of a string as text. */
  text(text: string, start = 0, end = text.length): void {
    const isCode = this.#active.length > 0 && this.isInCode;
    const stops = isCode ? CODE_STOPS : STOPS;
    // Output that is not appended yet: one long string is faster than many short ones.
    let run = "";
    let i = start;
    while (i < end) {
      let code = codeAt(text, i);
      let stop = code < 256 ? stops[code] : PLAIN;
      if (stop === PLAIN) {
        const from = run === "" ? this.#begin(text, i, end, isCode) : i;
        i = Math.max(from, i + 1);
        for (; i < end; i++) {
          code = codeAt(text, i);
          if (code >= 256) continue;
          stop = stops[code];
          if (stop === PLAIN) continue;
          // One space between words stays in the run.
          if (code !== 32 || i + 1 === end) break;
          const next = codeAt(text, i + 1);
          if (next < 256 && stops[next] !== PLAIN) break;
        }
        run += sliceOf(text, from, i);
        continue;
      }
      if (stop === MARK) {
        if (run === "") this.#start();
        const before = i === start ? this.#text.tail : undefined;
        const isInLink = code === 93 && this.#isInLink();
        const isEscaped = needsEscape(text, i, end, before, isInLink);
        run += isEscaped ? `\\${text.charAt(i)}` : text.charAt(i);
        i += 1;
        if (run.length > LONGEST_RUN) run = this.#append(run);
        continue;
      }
      if (run !== "") run = this.#append(run);
      i = stop === NUL ? i + 1 : this.#skipSpace(text, i, end, isCode);
    }
    if (run !== "") this.#append(run);
  }

  /** Appends a run; returns an empty run. */
  #append(run: string): "" {
    this.textLength += run.length;
    this.#text.append(run);
    return "";
  }

  #skipSpace(text: string, start: number, textEnd: number, isCode: boolean): number {
    const end = endOfSpace(text, start, textEnd);
    const isNoBreak = end === start + 1 && codeAt(text, start) === 0xa0 && !isCode;
    if (this.#gap === 0) this.#gap = isNoBreak ? 2 : 1;
    return end;
  }

  #isInLink(): boolean {
    return this.#frames.some((frame) => frame.format.kind === "link");
  }

  /** Prepares for a run of plain characters; returns the start of the run. */
  #begin(text: string, index: number, end: number, isCode: boolean): number {
    if (isCode) {
      this.#start();
      return index;
    }
    const isBlock = this.place === "block";
    const isPlain = this.#active.length === 0 && isBlock;
    const isLineStart = this.#gap === 3 ? isBlock : isPlain && this.isEmpty;
    if (this.#gap === 0) {
      const joined = this.#joinWord(text, index);
      if (joined > index) return joined;
      // A dot or parenthesis after a number at the start of the line.
      const continues = isPlain && !isLineStart && isListDelimiter(text, index, end);
      if (continues && NUMBER_AT_START.test(this.#text.tail.slice(-11))) this.#text.append("\\");
    }
    this.#start();
    const escape = isLineStart ? lineStartEscape(text, index, end) : -1;
    if (escape < 0) return index;
    this.#text.append(`${text.slice(index, escape)}\\`);
    return escape;
  }

  /** Encodes the first character of a word right after `.**`, or the marker would not close. */
  #joinWord(text: string, index: number): number {
    const ended = this.#ended;
    if (ended === undefined || this.#frames.length < this.#active.length) return index;
    const { last } = ended.inner;
    const isOpen = classOf(last, last.length - 1) === "punctuation";
    if (!isOpen || classOf(text, index) !== "word") return index;
    this.#start();
    const char = String.fromCodePoint(text.codePointAt(index) ?? 0);
    this.#text.append(asReference(char));
    this.textLength += 1;
    return index + char.length;
  }

  /** Opens pending formatting before a visible character, and writes pending white space. */
  #start(): void {
    this.written += 1;
    if (this.#frames.length < this.#active.length) this.#openFrames();
    else if (this.#ended !== undefined) this.#writeEnded();
    if (this.#gap === 0) return;
    if (!this.#text.isEmpty) this.#text.append(this.#gapText());
    this.#gap = 0;
  }

  #openFrames(): void {
    const ended = this.#ended;
    const first = this.#active[this.#frames.length] as Format;
    if (ended !== undefined && this.#gap === 0 && ended.kind === first.kind) {
      // Equal emphasis ended right here: it continues.
      this.#frames.push({ format: first, outer: this.#text, gap: ended.gap });
      this.#text = ended.inner;
      this.#ended = undefined;
    } else {
      this.#writeEnded();
    }
    while (this.#frames.length < this.#active.length) {
      const format = this.#active[this.#frames.length] as Format;
      const gap = this.#text.isEmpty ? "" : this.#gapText();
      this.#frames.push({ format, outer: this.#text, gap });
      this.#text = new Growing();
      this.#gap = 0;
    }
  }

  #gapText(): string {
    if (this.#gap === 3)
      return this.#frames.at(-1)?.format.kind === "code" ? " " : BREAKS[this.place];
    return this.#gap === 2 ? "\u00a0" : this.#gap === 1 ? " " : "";
  }

  #writeEnded(): void {
    const ended = this.#ended;
    if (ended === undefined) return;
    this.#ended = undefined;
    const text = this.#text;
    const isJoined = ended.gap === "" && !text.isEmpty;
    if (isJoined) separate(text, ended.inner, this.#emphasisEnd === text.length);
    text.emphasize(ended.gap, MARKERS[ended.kind], ended.inner);
    this.#emphasisEnd = text.length;
  }

  #closeFrame(): void {
    this.#writeEnded();
    const { format, outer, gap } = this.#frames.pop() as Frame;
    const inner = this.#text;
    this.#text = outer;
    switch (format.kind) {
      case "link":
        joinLink(outer, gap, inner, format, this.place !== "block");
        break;
      case "code": {
        const isBeside = gap === "" && !outer.isEmpty && this.#codeEnd === outer.length;
        const span = codeSpan(inner.toString(), this.place === "cell");
        outer.append((isBeside ? " " : gap) + span);
        this.#codeEnd = outer.length;
        break;
      }
      case "sub":
      case "sup":
        outer.wrap(`${gap}<${format.kind}>`, inner, `</${format.kind}>`);
        break;
      case "strong":
      case "em":
      case "del":
        this.#ended = { kind: format.kind, inner, gap };
        break;
    }
  }
}
