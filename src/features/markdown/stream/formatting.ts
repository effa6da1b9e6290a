import { endsInUrl, mayEndInUrl } from "./bare-url.ts";
import { classOf, isLetterLike } from "./characters.ts";
import { codeSpan } from "./code.ts";
import { finishEmphasis } from "./emphasis.ts";
import { type Ended, type Format, type Frame, isEmphasis, joinLink } from "./format.ts";
import { Growing } from "./growing.ts";

/** Pending white space: none, a space, a no-break space, a line break. */
export type Gap = 0 | 1 | 2 | 3;
/** The texts of line breaks. */
const BREAKS = { block: "\\\n", heading: " ", cell: "<br>" };

/** The text of one block and the formatting around it: places markers so that they are read as such. */
export class Formatting {
  place: keyof typeof BREAKS = "block";
  /** Increases with every output. */
  written = 0;
  /** The text inside of the innermost open formatting. */
  text = new Growing();
  gap: Gap = 0;
  readonly #frames: Frame[] = [];
  readonly #active: Format[] = [];
  /** Emphasis that is not written around code beside a letter, and is open again after it. */
  #paused: Format[] = [];
  #ended: Ended | undefined;
  /** The mark that was written before emphasis that is not open yet. */
  opening = "";
  /** The position at which code ended last. */
  #codeEnd = -1;

  /** Whether formatting is to be opened before the next character. */
  get isPending(): boolean {
    return this.#frames.length < this.#active.length;
  }

  /** Whether formatting is open that has text. */
  get isOpen(): boolean {
    return this.#frames.length > 0;
  }

  /** Whether emphasis has ended that is not written yet. */
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  get isInEmphasis(): boolean {
    return this.#active.some(({ kind }) => isEmphasis(kind));
  }

  /** Whether the next character is the first of the block, outside of formatting. */
  get isAtStart(): boolean {
    return this.#active.length === 0 && this.isEmpty;
  }

  get isEmpty(): boolean {
    return this.text.isEmpty && this.#frames.length === 0 && this.#ended === undefined;
  }

  get isInCode(): boolean {
    return this.#active.length > 0 && this.#hasActive("code");
  }

  open(format: Format): void {
    if (format.kind !== "link" || !this.#hasActive("code")) {
      this.#active.push(format);
      return;
    }
    const code = this.#active.findIndex((f) => f.kind === "code");
    // A link can't be inside a code span: the span is split around it.
    this.#closeTo(code);
    this.#active.splice(code, 0, format);
  }

  /** Whether this formatting would have an effect. */
  accepts(kind: Format["kind"]): boolean {
    return !this.#hasActive(kind) && (kind === "link" || !this.#hasActive("code"));
  }

  #hasActive(kind: Format["kind"]): boolean {
    const active = this.#active;
    for (let i = 0; i < active.length; i++) if (active[i]?.kind === kind) return true;
    return false;
  }

  close(format: Format): void {
    const index = this.#active.lastIndexOf(format);
    if (index >= this.#frames.length) this.opening = "";
    if (index < 0) {
      this.#paused = this.#paused.filter((paused) => paused !== format);
      return;
    }
    this.#closeTo(index);
    if (index === this.#active.length - 1) this.#active.pop();
    else this.#active.splice(index, 1);
    if (format.kind !== "code" || this.#paused.length === 0) return;
    this.#active.push(...this.#paused);
    this.#paused = [];
  }

  /** Returns the content of the block; open formatting, except links, continues in the next. */
  take(): string {
    while (this.#frames.length > 0) {
      const { format } = this.#frames[this.#frames.length - 1] as Frame;
      this.#closeFrame();
      if (format.kind === "link") this.#active.splice(this.#active.indexOf(format), 1);
    }
    this.gap = 0;
    this.opening = "";
    if (this.isEmpty) return "";
    this.#writeEnded(false, true);
    const taken = this.text.toString();
    this.text = new Growing();
    this.#codeEnd = -1;
    return taken;
  }

  /** Writes markdown without escaping, e.g. an image. */
  piece(markdown: string): void {
    const code = this.#active.findIndex(({ kind }) => kind === "code");
    // Markdown can't be inside a code span: the span is split around it.
    if (code >= 0) this.#closeTo(code);
    const inside = code < 0 ? [] : this.#active.splice(code);
    if (this.gap === 0 && endsInUrl(this.text, this.edge)) this.gap = 1;
    if (!this.staysOutside("!", 0)) this.start();
    this.text.appendPiece("", markdown);
    this.#codeEnd = -1;
    this.#active.push(...inside);
  }

  /** The output before the next character: inside of markers, the marker. */
  get before(): string {
    return this.text.isEmpty ? this.edge : this.text.tail;
  }

  /** The last character of the innermost open marker. */
  get edge(): string {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return "";
    return isEmphasis(frame.format.kind) ? "*" : ">";
  }

  get isInLink(): boolean {
    for (const { format } of this.#frames) if (format.kind === "link") return true;
    return false;
  }

  /** Formatting that begins inside a URL would end it: the URL stays whole. */
  joinUrl(text: string, start: number): void {
    if (classOf(text, start) === "space" || !endsInUrl(this.text, this.edge)) return;
    const open = this.#frames.length;
    if (this.#active.some(({ kind }, index) => index >= open && kind === "link")) this.gap = 1;
    else this.#active.length = open;
  }

  /** The last character so far, not counting markers. */
  get #last(): string {
    let ended = this.#ended;
    while (ended?.pending !== undefined) ended = ended.pending;
    return (ended?.inner ?? this.text).last;
  }

  /**
   * Whether the next character is written before emphasis that begins with it: a marker between a
   * letter and punctuation would not be one (CommonMark §6.2).
   */
  staysOutside(text: string, index: number): boolean {
    this.#resume();
    if (this.#frames.length === this.#active.length || this.gap !== 0) return false;
    if (!this.#isBesideLetter) return false;
    this.#arrange();
    const { kind } = this.#active[this.#frames.length] as Format;
    if (!isEmphasis(kind) || classOf(text, index) !== "punctuation") return false;
    this.#writeEnded(false);
    if (this.gap !== 0) return false;
    this.opening = text.charAt(index);
    this.written += 1;
    return true;
  }

  get #isBesideLetter(): boolean {
    const last = this.#last;
    return last !== "" && isLetterLike(last, last.length - 1);
  }

  /**
   * After a letter: puts links around emphasis that begins with them, code in no emphasis, and of
   * markers that differ only those of deletions.
   */
  #arrange(): void {
    const open = this.#frames.length;
    const pending = this.#active.slice(open);
    const first = pending[0] as Format;
    if (pending.length === 1 || !isEmphasis(first.kind)) return;
    const others = pending.filter(({ kind }) => !isEmphasis(kind));
    const isCode = others.some(({ kind }) => kind === "code");
    const all = pending.filter(({ kind }) => isEmphasis(kind));
    const deletions = all.filter(({ kind }) => kind === "del");
    const emphasis = deletions.length > 0 ? deletions : all;
    this.#active.splice(open, pending.length, ...others, ...(isCode ? [] : emphasis));
    if (isCode) this.#paused.push(...emphasis);
  }

  /** Opens pending formatting before a visible character, and writes pending white space. */
  start(isLetter = false): void {
    this.written += 1;
    if (this.isPending) this.#openFrames();
    if (this.#ended !== undefined) this.#writeEnded(isLetter && this.gap === 0);
    if (this.gap === 0) return;
    if (!this.text.isEmpty) this.text.append(this.#gapText());
    this.gap = 0;
  }

  /** Continues emphasis that ended right here and begins again. */
  #resume(): void {
    while (this.isPending && this.gap === 0) {
      const format = this.#active[this.#frames.length] as Format;
      const ended = this.#ended;
      if (ended?.kind !== format.kind) return;
      this.#frames.push({ format, outer: this.text, gap: ended.gap, opening: ended.opening });
      this.text = ended.inner;
      this.#ended = ended.pending;
    }
  }

  #openFrames(): void {
    this.#resume();
    if (this.#frames.length === this.#active.length) return;
    if (this.gap === 0 && endsInUrl(this.text, this.edge)) this.gap = 1;
    if (this.gap === 0 && this.#isBesideLetter) this.#arrange();
    while (this.isPending) {
      const format = this.#active[this.#frames.length] as Format;
      this.#writeEnded(this.gap === 0 && isEmphasis(format.kind));
      const gap = this.text.isEmpty ? "" : this.#gapText();
      this.#frames.push({ format, outer: this.text, gap, opening: this.opening });
      this.text = new Growing();
      this.gap = 0;
      this.opening = "";
    }
  }

  #gapText(): string {
    if (this.gap === 3) {
      if (this.#frames.at(-1)?.format.kind === "code") return " ";
      // GFM's link would have the backslash of the break.
      if (this.place === "block" && mayEndInUrl(this.text.tail)) return "  \n";
      return BREAKS[this.place];
    }
    return this.gap === 2 ? "\u00a0" : this.gap === 1 ? " " : "";
  }

  /**
   * Writes emphasis that has ended.
   * @param isJoined whether a letter or other emphasis follows
   * @param isLast whether nothing follows inside of the formatting around it
   */
  #writeEnded(isJoined: boolean, isLast = false): void {
    const ended = this.#ended;
    if (ended === undefined) return;
    this.#ended = undefined;
    const last = finishEmphasis(this.text, ended, isJoined);
    if (last.isPiece) this.text.appendPiece("", last.moved);
    else if (last.moved !== "") this.text.append(last.moved);
    // A URL would go on with the marker and what follows.
    if (!isLast && this.gap === 0 && last.endsInUrl) this.gap = 1;
  }

  #closeTo(depth: number): void {
    while (this.#frames.length > depth) this.#closeFrame();
  }

  #closeFrame(): void {
    const { format, outer, gap, opening } = this.#frames[this.#frames.length - 1] as Frame;
    if (isEmphasis(format.kind)) {
      const pending = this.#ended;
      this.#ended = { kind: format.kind, inner: this.text, gap, opening, pending };
    } else {
      this.#writeEnded(false, true);
    }
    this.#frames.pop();
    const inner = this.text;
    this.text = outer;
    switch (format.kind) {
      case "link":
        joinLink(outer, gap, inner, format, this.place !== "block");
        break;
      case "code": {
        const isBeside = gap === "" && !outer.isEmpty && this.#codeEnd === outer.length;
        outer.appendPiece(isBeside ? " " : gap, codeSpan(inner.toString(), this.place === "cell"));
        this.#codeEnd = outer.length;
        break;
      }
      case "sub":
      case "sup":
        outer.wrap(gap, `<${format.kind}>`, inner, `</${format.kind}>`, false);
        break;
      default:
        break;
    }
  }
}
