import { asReference, classOf, lastCharacter } from "./characters.ts";
import { codeSpan } from "./code.ts";
import {
  CODE_STOPS,
  isListDelimiter,
  lineStartEscape,
  NUL,
  needsEscape,
  PLAIN,
  SPACE,
  STOPS,
} from "./escape.ts";

/** Formatting that is open at a place of the page; it lives on from block to block. */
export interface Format {
  readonly kind: "strong" | "em" | "del" | "code" | "sub" | "sup" | "link";
  /** Of links: the absolute destination, ready to be written. */
  readonly destination: string;
  /** Of links inside headings: points into the page itself. */
  readonly isFragment: boolean;
}

interface Frame {
  readonly format: Format;
  readonly saved: string;
  gap: Gap;
}

/** White space that is owed: nothing, a space, a no-break space, a line break. */
type Gap = 0 | 1 | 2 | 3;
const MARKERS = { strong: "**", em: "*", del: "~~" };
const SYMBOL_ONLY = /^[^\p{L}\p{N}]*$/u;
const LINK_WORDS =
  /^(?:link|permalink|anchor|copy link|link to this (?:heading|section)|direct link.{0,80})$/iu;

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
    this.#start(false);
    this.#buffer += markdown;
  }

  text(text: string): void {
    const isCode = this.#active.length > 0 && this.isInCode;
    const stops = isCode ? CODE_STOPS : STOPS;
    const length = text.length;
    let from = -1;
    let i = 0;
    while (i < length) {
      const code = text.charCodeAt(i);
      const stop = code < 256 ? stops[code] : PLAIN;
      if (stop === PLAIN) {
        if (from < 0) {
          from = i;
          i = this.#begin(text, i, isCode);
          if (i > from) from = i;
        }
        i += 1;
        continue;
      }
      if (stop === SPACE) {
        // One space between words stays in the slice.
        if (from >= 0 && code === 32 && i + 1 < length) {
          const next = text.charCodeAt(i + 1);
          if (next >= 256 || stops[next] === PLAIN) {
            i += 2;
            continue;
          }
        }
        if (from >= 0) this.#append(text, from, i);
        from = -1;
        i = this.#skipSpace(text, i, isCode);
        continue;
      }
      if (from >= 0) this.#append(text, from, i);
      from = -1;
      if (stop === NUL) {
        i += 1;
        continue;
      }
      this.#start(true);
      const escaped = needsEscape(text, i, this.#buffer, this.#isInLink());
      this.#buffer += escaped ? `\\${text.charAt(i)}` : text.charAt(i);
      this.textLength += 1;
      i += 1;
    }
    if (from >= 0) this.#append(text, from, length);
  }

  #append(text: string, from: number, to: number): void {
    this.#buffer += text.slice(from, to);
    this.textLength += to - from;
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
    this.#start(true);
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
  #start(isText: boolean): void {
    this.written += 1;
    if (this.#frames.length < this.#active.length) this.#openFrames();
    if (this.#gap !== 0) {
      if (this.#buffer !== "") this.#buffer += this.#gapText(this.#gap);
      this.#gap = 0;
    }
    if (!isText) this.#codeEnd = -1;
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
    let before = frame.saved;
    const gap = before === "" ? "" : this.#gapText(frame.gap);
    const { kind } = frame.format;
    if (kind === "link") {
      this.#closeLink(frame, content, gap);
      return;
    }
    if (kind === "code") {
      const separator = gap === "" && this.#codeEnd === before.length && before !== "" ? " " : gap;
      this.#buffer = before + separator + codeSpan(content, this.breakText === "<br>");
      this.#codeEnd = this.#buffer.length;
      return;
    }
    if (kind === "sub" || kind === "sup") {
      this.#buffer = `${before}${gap}<${kind}>${content}</${kind}>`;
      return;
    }
    const marker = MARKERS[kind];
    if (gap === "" && before !== "") before = this.#separate(before, content);
    this.#buffer = before + gap + marker + content + marker;
    this.#emphasisEnd = this.#buffer.length;
    this.#lastEmphasis = { frame: { ...frame, saved: before }, content };
  }

  /** Makes an opening marker count that stands between a word and punctuation. */
  #separate(before: string, content: string): string {
    const followsEmphasis = this.#lastEmphasis !== undefined && before.endsWith("*");
    const isPunctuation = classOf(content, 0) === "punctuation";
    if (followsEmphasis && isPunctuation) return `${before}<!-- -->`;
    if (!isPunctuation || classOf(before, before.length - 1) !== "word") return before;
    const char = lastCharacter(before);
    return before.slice(0, -char.length) + asReference(char);
  }

  #closeLink(frame: Frame, content: string, gap: string): void {
    const { destination, isFragment } = frame.format;
    if (this.isHeading && isFragment) {
      if (SYMBOL_ONLY.test(content) || LINK_WORDS.test(content)) {
        this.#buffer = frame.saved;
        return;
      }
      this.#buffer = frame.saved + gap + content;
      return;
    }
    // `!` before `[` would make it an image.
    const before =
      gap === "" && frame.saved.endsWith("!") ? `${frame.saved.slice(0, -1)}\\!` : frame.saved;
    this.#buffer = `${before}${gap}[${content}](${destination})`;
  }
}
