import { asReference, classOf } from "./characters.ts";
import { codeSpan } from "./code.ts";
import {
  CODE_STOPS,
  MARK,
  isListDelimiter,
  lineStartEscape,
  NUL,
  needsEscape,
  PLAIN,
  SPACE,
  STOPS,
} from "./escape.ts";
import { type Format, joinLink, MARKERS, separate } from "./format.ts";

interface Frame {
  readonly format: Format;
  readonly saved: string;
  gap: Gap;
}

/** White space that is owed: nothing, a space, a no-break space, a line break. */
type Gap = 0 | 1 | 2 | 3;
const LONGEST_RUN = 1024;
/** Writes the inline content of one block: collapses white space, escapes, places markers. */
export class Inline {
  /** Characters of text taken so far, over all blocks. */
  textLength = 0;
  /** How a line break is written: in table cells as HTML, in headings as a space. */
  breakText = "\\\n";
  isHeading = false;
  /** Grows with everything that is written. */
  written = 0;
  #buffer = "";
  #gap: Gap = 0;
  readonly #frames: Frame[] = [];
  readonly #active: Format[] = [];
  /** Length of the buffer just after emphasis or code ended, to see what stands beside it. */
  #emphasisEnd = -1;
  #lastEmphasis: { frame: Frame; content: string } | undefined;
  #codeEnd = -1;

  get isEmpty(): boolean {
    return this.#buffer === "" && this.#frames.length === 0;
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

  /** True when a line break is owed already: a second one ends the paragraph. */
  get owesBreak(): boolean {
    return this.#gap === 3;
  }

  open(format: Format): void {
    const code = format.kind === "link" ? this.#active.findIndex((f) => f.kind === "code") : -1;
    if (code < 0) {
      this.#active.push(format);
      return;
    }
    // A link cannot live inside a code span: the span is split around it.
    while (this.#frames.length > code) this.#closeFrame();
    this.#active.splice(code, 0, format);
  }

  /** Whether opening that formatting would change anything. */
  accepts(kind: Format["kind"]): boolean {
    if (kind === "link") return !this.#active.some((f) => f.kind === "link");
    return !this.#active.some((f) => f.kind === kind || f.kind === "code");
  }

  close(format: Format): void {
    const index = this.#active.indexOf(format);
    if (index < 0) return;
    while (this.#frames.length > index) this.#closeFrame();
    this.#active.splice(index, 1);
  }

  /** Takes what the block holds; formatting stays open for the next block, links do not. */
  take(): string {
    while (this.#frames.length > 0) {
      const { format } = this.#frames[this.#frames.length - 1] as Frame;
      this.#closeFrame();
      if (format.kind === "link") this.#active.splice(this.#active.indexOf(format), 1);
    }
    const taken = this.#buffer;
    this.#buffer = "";
    this.#gap = 0;
    this.#emphasisEnd = this.#codeEnd = -1;
    this.#lastEmphasis = undefined;
    return taken;
  }

  /** Writes markdown that needs no escaping, e.g. an image. */
  raw(markdown: string): void {
    this.#start();
    this.#codeEnd = -1;
    this.#buffer += markdown;
  }

  text(text: string): void {
    const isCode = this.#active.length > 0 && this.isInCode;
    const stops = isCode ? CODE_STOPS : STOPS;
    const length = text.length;
    // What is written but not yet in the buffer: one long string is cheaper than many short ones.
    let run = "";
    let from = -1;
    let i = 0;
    while (i < length) {
      const code = text.charCodeAt(i);
      const stop = code < 256 ? stops[code] : PLAIN;
      if (stop === PLAIN) {
        if (from < 0) from = run === "" ? this.#begin(text, i, isCode) : i;
        i = Math.max(i, from) + 1;
        continue;
      }
      if (stop === MARK) {
        if (run === "" && from < 0) this.#start();
        if (from >= 0) run += text.slice(from, i);
        from = -1;
        const before = i === 0 ? this.#buffer : "";
        const isInLink = code === 93 && this.#isInLink();
        run += needsEscape(text, i, before, isInLink) ? `\\${text.charAt(i)}` : text.charAt(i);
        i += 1;
        if (run.length > LONGEST_RUN) run = this.#append(run);
        continue;
      }
      // One space between words stays in the slice.
      if (from >= 0 && code === 32 && i + 1 < length) {
        const next = text.charCodeAt(i + 1);
        if (next >= 256 || stops[next] === PLAIN) {
          i += 2;
          continue;
        }
      }
      if (from >= 0) run += text.slice(from, i);
      from = -1;
      if (run !== "") run = this.#append(run);
      i = stop === NUL ? i + 1 : this.#skipSpace(text, i, isCode);
    }
    if (from >= 0) run += text.slice(from, length);
    if (run !== "") this.#append(run);
  }

  /** Takes a run into the buffer; gives the empty run that follows. */
  #append(run: string): "" {
    this.textLength += run.length;
    this.#buffer += run;
    return "";
  }

  #skipSpace(text: string, start: number, isCode: boolean): number {
    let end = start;
    let code = text.charCodeAt(end);
    while (code < 256 && STOPS[code] === SPACE) code = text.charCodeAt(++end);
    const isNoBreak = end === start + 1 && text.charCodeAt(start) === 0xa0 && !isCode;
    if (this.#gap === 0) this.#gap = isNoBreak ? 2 : 1;
    return end;
  }

  #isInLink(): boolean {
    return this.#frames.some((frame) => frame.format.kind === "link");
  }

  /** Prepares for a run of plain characters; gives where the rest of the run starts. */
  #begin(text: string, index: number, isCode: boolean): number {
    const isLineStart =
      !this.isHeading && (this.#gap === 3 || (this.#buffer === "" && this.#active.length === 0));
    if (this.#gap === 0 && !isCode && this.#buffer !== "") {
      const joined = this.#joinWord(text, index);
      if (joined > index) return joined;
    }
    this.#start();
    if (!isLineStart || isCode) return index;
    const escape = lineStartEscape(text, index);
    if (escape < 0) return index;
    this.#buffer += `${text.slice(index, escape)}\\`;
    return escape;
  }

  /** A word right after `.**` or a `.` right after a number would change what those mean. */
  #joinWord(text: string, index: number): number {
    if (this.#emphasisEnd === this.#buffer.length && this.#frames.length === this.#active.length) {
      const isAfterPunctuation = this.#lastEmphasis?.content.slice(-1) ?? "";
      if (
        isAfterPunctuation !== "" &&
        classOf(isAfterPunctuation, 0) === "punctuation" &&
        classOf(text, index) === "word"
      ) {
        const char = String.fromCodePoint(text.codePointAt(index) ?? 0);
        this.#buffer += asReference(char);
        return index + char.length;
      }
    }
    if (this.#active.length === 0 && !this.isHeading && isListDelimiter(text, index)) {
      if (/(?:^|\n)\d{1,9}$/.test(this.#buffer.slice(-11))) {
        this.#buffer += "\\";
      }
    }
    return index;
  }

  /** Opens what is to be opened before a visible character, and writes the white space owed. */
  #start(): void {
    this.written += 1;
    if (this.#frames.length < this.#active.length) this.#openFrames();
    if (this.#gap !== 0) {
      if (this.#buffer !== "") this.#buffer += this.#gapText(this.#gap);
      this.#gap = 0;
    }
  }

  #openFrames(): void {
    const first = this.#active[this.#frames.length] as Format;
    const last = this.#lastEmphasis;
    if (
      last !== undefined &&
      this.#gap === 0 &&
      this.#emphasisEnd === this.#buffer.length &&
      last.frame.format.kind === first.kind
    ) {
      // The same emphasis ended just here: it goes on.
      this.#frames.push({ ...last.frame, format: first });
      this.#buffer = last.content;
      this.#lastEmphasis = undefined;
    }
    while (this.#frames.length < this.#active.length) {
      const format = this.#active[this.#frames.length] as Format;
      this.#frames.push({ format, saved: this.#buffer, gap: this.#gap });
      this.#buffer = "";
      this.#gap = 0;
    }
  }

  #gapText(gap: Gap): string {
    if (gap === 3) return this.#frames.at(-1)?.format.kind === "code" ? " " : this.breakText;
    return gap === 2 ? "\u00a0" : gap === 1 ? " " : "";
  }

  #closeFrame(): void {
    const frame = this.#frames.pop() as Frame;
    const content = this.#buffer;
    const gap = frame.saved === "" ? "" : this.#gapText(frame.gap);
    const { format } = frame;
    switch (format.kind) {
      case "link":
        this.#buffer = joinLink(frame.saved, gap, content, format, this.isHeading);
        return;
      case "code": {
        const isBeside = gap === "" && frame.saved !== "" && this.#codeEnd === frame.saved.length;
        const span = codeSpan(content, this.breakText === "<br>");
        this.#buffer = frame.saved + (isBeside ? " " : gap) + span;
        this.#codeEnd = this.#buffer.length;
        return;
      }
      case "sub":
      case "sup":
        this.#buffer = `${frame.saved}${gap}<${format.kind}>${content}</${format.kind}>`;
        return;
      case "strong":
      case "em":
      case "del": {
        const marker = MARKERS[format.kind];
        const isJoined = gap === "" && frame.saved !== "";
        const followsEmphasis = this.#lastEmphasis !== undefined;
        const before = isJoined ? separate(frame.saved, content, followsEmphasis) : frame.saved;
        this.#buffer = before + gap + marker + content + marker;
        this.#emphasisEnd = this.#buffer.length;
        this.#lastEmphasis = { frame: { ...frame, saved: before }, content };
      }
    }
  }
}
