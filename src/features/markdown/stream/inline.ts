import { BareUrls } from "./bare-url.ts";
import { codeAt, isInvisible, isLetterLike, sliceOf } from "./characters.ts";
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
import type { Format } from "./format.ts";
import { Formatting } from "./formatting.ts";

const LONGEST_RUN = 1024;
const NUMBER_AT_START = /(?:^|\n)\d{1,9}$/;

/** Writes the inline content of one block: collapses white space, escapes, places markers. */
export class Inline {
  /** Characters of text in all blocks so far. */
  textLength = 0;
  readonly #out = new Formatting();
  readonly #urls = new BareUrls();
  /** Whether the block has a tilde of the text without a backslash. */
  #hasTilde = false;
  /** The position at which a reference to a footnote ended. */
  #footnoteEnd = -1;

  /** Where the block is: it decides how line breaks are written. */
  get place(): Formatting["place"] {
    return this.#out.place;
  }

  set place(place: Formatting["place"]) {
    this.#out.place = place;
  }

  /** Increases with every output. */
  get written(): number {
    return this.#out.written;
  }

  get isEmpty(): boolean {
    return this.#out.isEmpty;
  }

  get isInCode(): boolean {
    return this.#out.isInCode;
  }

  open(format: Format): void {
    this.#out.open(format);
  }

  /** Whether this formatting would have an effect. */
  accepts(kind: Format["kind"]): boolean {
    return this.#out.accepts(kind);
  }

  close(format: Format): void {
    this.#out.close(format);
  }

  /** Returns the content of the block; open formatting, except links, continues in the next. */
  take(): string {
    this.#hasTilde = false;
    this.#footnoteEnd = -1;
    return this.#out.take();
  }

  /** Writes markdown without escaping, e.g. an image. */
  raw(markdown: string): void {
    this.#out.piece(markdown);
  }

  /** Writes a reference to a footnote. */
  footnote(reference: string): void {
    this.raw(reference);
    const { text } = this.#out;
    // `!` before `[` would make it an image.
    if (text.tail.endsWith(`!${reference}`))
      text.replaceEnd(reference.length + 1, `\\!${reference}`);
    this.#footnoteEnd = this.#out.text.length;
  }

  space(): void {
    if (this.#out.gap === 0) this.#out.gap = 1;
  }

  lineBreak(): void {
    if (!this.isEmpty) this.#out.gap = 3;
  }

  /** Whether a line break is pending: a second one ends the paragraph. */
  get owesBreak(): boolean {
    return this.#out.gap === 3;
  }

  /** Writes a part of a string as text. */
  text(text: string, start = 0, end = text.length): void {
    const out = this.#out;
    if (out.isPending && out.gap === 0) out.joinUrl(text, start);
    const isCode = out.isInCode;
    const stops = isCode ? CODE_STOPS : STOPS;
    this.#urls.begin(start);
    // Output that is not appended yet: one long string is faster than many short ones.
    let run = "";
    let i = start;
    while (i < end) {
      let code = codeAt(text, i);
      let stop = code < 256 ? stops[code] : isInvisible(code) ? NUL : PLAIN;
      if (run === "" && out.isPending) this.#urls.begin(i);
      if (stop === PLAIN) {
        const from = run === "" ? this.#begin(text, i, end, isCode) : i;
        if (from < 0) {
          i -= from;
          this.#urls.begin(i);
          continue;
        }
        i = Math.max(from, i + 1);
        for (; i < end; i++) {
          code = codeAt(text, i);
          if (code >= 256) {
            if (isInvisible(code)) break;
            continue;
          }
          stop = stops[code];
          if (stop === PLAIN) continue;
          // One space between words stays in the run.
          if (code !== 32 || i + 1 === end) break;
          const next = codeAt(text, i + 1);
          if (next < 256 ? stops[next] !== PLAIN : isInvisible(next)) break;
        }
        run += sliceOf(text, from, i);
        continue;
      }
      if (stop === MARK) {
        const isFirst = run === "";
        if (isFirst && !out.staysOutside(text, i)) out.start();
        run += this.#escapeOf(text, i, end, isFirst) + text.charAt(i);
        i += 1;
        if (out.opening !== "") this.#urls.begin(i);
        if (run.length > LONGEST_RUN || out.opening !== "") run = this.#append(run);
        continue;
      }
      if (run !== "") run = this.#append(run);
      i = stop === NUL ? i + 1 : this.#skipSpace(text, i, end, isCode);
      if (stop === NUL) this.#urls.begin(i);
    }
    if (run !== "") this.#append(run);
  }

  /** What is written before the mark at an index, so that it is no markdown. */
  #escapeOf(text: string, index: number, end: number, isFirst: boolean): string {
    const out = this.#out;
    const before = isFirst ? out.before : undefined;
    const code = text.charCodeAt(index);
    const { isInLink } = out;
    if (!isInLink) {
      const place = this.#urls.place(text, index, end, out.text, out.edge);
      if (place === "inside") return "";
      if (place !== "outside" && this.#mayMark(text, index, end, before, place === "last")) {
        // GFM's link would have the backslash, and what follows the link may be a marker.
        this.#urls.leave(index + 1);
        return " \\";
      }
      if (place !== "outside") return "";
    }
    const isAtMarker = code === 126 && out.text.isEmpty && out.isOpen;
    if (isAtMarker || needsEscape(text, index, end, before, isInLink)) return "\\";
    if (code === 126) this.#hasTilde = true;
    return "";
  }

  /** Whether a mark in the punctuation at the end of a URL, which GFM leaves out, may be markdown. */
  #mayMark(
    text: string,
    index: number,
    end: number,
    before: string | undefined,
    isLast: boolean,
  ): boolean {
    const code = text.charCodeAt(index);
    const isAtSpace = isLast && !this.#out.isOpen;
    if (code === 95) return !isAtSpace && needsEscape(text, index, end, before, false);
    if (code !== 42 && code !== 126) return needsEscape(text, index, end, before, false);
    // Before white space it can only end what is open.
    const isEnd = isLast || text.charCodeAt(index + 1) === code;
    return !isEnd || this.#out.isInEmphasis || (code === 126 && this.#hasTilde);
  }

  /** Appends a run; returns an empty run. */
  #append(run: string): "" {
    this.textLength += run.length;
    this.#out.text.append(run);
    return "";
  }

  #skipSpace(text: string, start: number, textEnd: number, isCode: boolean): number {
    const end = endOfSpace(text, start, textEnd);
    const isNoBreak = end === start + 1 && codeAt(text, start) === 0xa0 && !isCode;
    if (this.#out.gap === 0) this.#out.gap = isNoBreak ? 2 : 1;
    return end;
  }

  /**
   * Prepares for a run of plain characters; returns the start of the run, or below zero how many
   * characters were written by themselves.
   */
  #begin(text: string, index: number, end: number, isCode: boolean): number {
    const out = this.#out;
    if (isCode) {
      out.start();
      return index;
    }
    const isBlock = out.place === "block";
    const { isPending } = out;
    const isLineStart = isBlock && !isPending && (out.gap === 3 || out.isAtStart);
    if (out.gap === 0) {
      const isOutside = isPending && out.staysOutside(text, index);
      // A dot or parenthesis after a number at the start of the line.
      const continues = isBlock && !isLineStart && isListDelimiter(text, index, end);
      if (continues && (isOutside || !isPending) && this.#isAfterNumber) out.text.append("\\");
      if (isOutside) {
        const char = String.fromCodePoint(text.codePointAt(index) ?? 0);
        this.#append(char);
        return -char.length;
      }
    }
    out.start(out.hasEnded && isLetterLike(text, index));
    // A parenthesis or colon would make a link or definition of a reference.
    const isAtReference = this.#footnoteEnd === out.text.length;
    if (isAtReference && /[(:]/.test(text.charAt(index))) out.text.append("\\");
    const escape = isLineStart ? lineStartEscape(text, index, end) : -1;
    if (escape < 0) return index;
    out.text.append(`${text.slice(index, escape)}\\`);
    return escape;
  }

  get #isAfterNumber(): boolean {
    const { isOpen, hasEnded, text } = this.#out;
    if (isOpen || hasEnded || !/\d$/.test(text.last)) return false;
    return NUMBER_AT_START.test(text.tail.slice(-11));
  }
}
