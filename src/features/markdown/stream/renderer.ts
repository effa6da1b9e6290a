import type { Attributes } from "./attributes.ts";
import type { ElementKind } from "./elements.ts";
import { openContent } from "./content.ts";
import { PageMetadata, readMeta, readTitle } from "./frontmatter.ts";
import type { Formula } from "./math.ts";
import { LinkResolver } from "./links.ts";
import { type Closer, OpenElements } from "./open-elements.ts";
import type { ScannerEvents } from "./scanner.ts";
import { Selection } from "./selection.ts";
import { matchesAny, type Selector } from "./selector.ts";
import { type ClassTraits, ClassReader, isApart, isHidden } from "./visibility.ts";
import { Writer } from "./writer.ts";

/** Turns the tags and texts of one page into calls of the writer. */
export class Renderer implements ScannerEvents {
  readonly writer = new Writer();
  readonly metadata = new PageMetadata();
  readonly links: LinkResolver;
  readonly selection: Selection;
  readonly classes = new ClassReader();
  /** Receives text instead of the writer, for titles and formulas. */
  capture: ((text: string) => void) | undefined;
  formula: Formula | undefined;
  /** The source that `<picture>` offers for the image that follows. */
  pictureSource = "";
  /** Languages in classes of open elements, innermost last. */
  readonly languages: string[] = [];
  foreign = 0;
  /** The number of open articles and main elements. */
  sections = 0;
  /** For each open definition list, the closer of its current item. */
  readonly definitions: Closer[] = [];
  readonly #elements = new OpenElements();
  readonly #ignore: readonly Selector[];
  readonly #hasSelectors: boolean;
  #skipFrom = -1;
  /** Keeps or drops the output of an element that may turn out not to be content. */
  #release: ((isContent: boolean) => void) | undefined;
  hasBase = false;
  #lengthSeen = 0;
  readonly #writeHead: () => string;

  /** @param writeHead called once, when the main content is decided */
  constructor(
    url: string,
    select: readonly Selector[],
    ignore: readonly Selector[],
    writeHead: () => string,
  ) {
    this.links = new LinkResolver(url);
    this.#writeHead = writeHead;
    this.selection = new Selection(select);
    this.#ignore = ignore;
    this.#hasSelectors = select.length > 0 || ignore.length > 0;
  }

  wantsText(): boolean {
    return this.#skipFrom < 0;
  }

  get isOver(): boolean {
    return this.selection.isOver;
  }

  isForeign(): boolean {
    return this.foreign > 0;
  }

  text(source: string, start: number, end: number): void {
    if (this.capture !== undefined) this.capture(source.slice(start, end));
    else if (!this.selection.isInside) return;
    else if (this.writer.code !== undefined) this.writer.code.append(source.slice(start, end));
    else this.writer.inline.text(source, start, end);
  }

  open(kind: ElementKind, attributes: Attributes, selfClosing: boolean): void {
    const elements = this.#elements;
    if (kind.isBlock || kind.ends !== undefined) {
      elements.closeImplied(kind);
      if (this.#skipFrom >= elements.depth) this.#skipFrom = -1;
    }
    if (kind.role === "document" || kind.role === "head" || kind.role === "body") return;
    const isEmpty = kind.isVoid || (selfClosing && this.foreign > 0);
    if (elements.isFull && !isEmpty) {
      elements.overflow();
      return;
    }
    let closer: Closer;
    if (!this.wantsText()) closer = this.#foreignCloser(kind);
    else if (!this.#isWithoutEffect(kind, attributes)) closer = this.#start(kind, attributes);
    if (isEmpty) closer?.();
    else elements.push(kind, closer);
    if (kind.isBlock) this.#settle();
  }

  /** Whether an element has no effect, as most elements of highlighted code. */
  #isWithoutEffect(kind: ElementKind, attributes: Attributes): boolean {
    const isBare = kind.role === "inline" && attributes.isEmpty;
    return isBare && !this.#hasSelectors && this.formula === undefined;
  }

  close(kind: ElementKind): void {
    if (kind.role === "break") {
      if (this.wantsText()) this.writer.inline.lineBreak();
      return;
    }
    const isEnded = this.#elements.close(kind);
    if (this.#skipFrom >= this.#elements.depth) this.#skipFrom = -1;
    const isStray = !isEnded && kind.role === "paragraph";
    if (isStray && this.wantsText() && this.writer.code === undefined) this.writer.flush();
    if (kind.isBlock) this.#settle();
  }

  /** Ends all open elements. */
  finish(): void {
    this.#elements.popTo(0);
    this.#skipFrom = -1;
    this.writer.flush();
    this.#settle();
    if (this.selection.isSettled) return;
    const { blocks, textLength } = this.writer;
    const { start, end } = this.selection.choose(blocks.output.length, textLength);
    this.selection.close();
    blocks.output.choose(this.#writeHead(), start, end);
  }

  /** The absolute address of the page's own markdown. */
  get alternate(): string | undefined {
    const { markdown } = this.metadata;
    return markdown === "" ? undefined : this.links.resolve(markdown);
  }

  /** Returns the markdown that can't change any more. */
  take(): string {
    return this.selection.isSettled ? this.writer.blocks.output.take() : "";
  }

  /** Checks if the main content can be decided; only after events, which no cut divides. */
  #settle(): void {
    if (this.selection.isSettled) return;
    const { blocks, textLength } = this.writer;
    const { length } = blocks.output;
    if (length === this.#lengthSeen) return;
    this.#lengthSeen = length;
    const start = this.selection.settle(length, textLength);
    if (start !== undefined) blocks.output.choose(this.#writeHead(), start, length);
  }

  #foreignCloser(kind: ElementKind): Closer {
    if (kind.name !== "svg" && kind.name !== "math") return undefined;
    this.foreign += 1;
    return () => {
      this.foreign -= 1;
    };
  }

  skip(kind: ElementKind): Closer {
    if (!kind.isVoid) this.#skipFrom = this.#elements.depth;
    return this.#foreignCloser(kind);
  }

  #start(kind: ElementKind, attributes: Attributes): Closer {
    if (kind.role === "meta") return readMeta(this, kind, attributes);
    if (kind.role === "title") return readTitle(this);
    let traits: ClassTraits | undefined;
    const { mayHide } = attributes;
    if ((mayHide && isHidden(attributes)) || matchesAny(this.#ignore, kind.name, attributes)) {
      if (kind.isBlock) this.writer.flush();
      return this.skip(kind);
    }
    const className = attributes.isEmpty ? undefined : attributes.get("class");
    if (className !== undefined) {
      traits = this.classes.read(className, kind);
      if (traits.isFurniture) return this.skip(kind);
    }
    if (mayHide && isApart(attributes)) {
      this.writer.flush();
      return this.skip(kind);
    }
    const candidate = this.selection.candidateKind(kind, attributes);
    const closer =
      this.selection.isInside || candidate !== undefined
        ? openContent(this, kind, attributes, traits)
        : undefined;
    return candidate === undefined ? closer : this.#startCandidate(candidate, closer);
  }

  #startCandidate(candidate: "selected" | "main" | "article", closer: Closer): Closer {
    const { writer, selection } = this;
    writer.flush();
    writer.leaveCell();
    this.acceptTentative();
    const resume = writer.blocks.suspend();
    selection.start(candidate, writer.blocks.output.length, writer.textLength);
    return () => {
      closer?.();
      writer.flush();
      resume();
      selection.end(candidate, writer.blocks.output.length, writer.textLength);
    };
  }

  /** Makes an element's output tentative until its end shows if it has enough text. */
  openTentative(enough: number): Closer {
    const { writer } = this;
    writer.flush();
    if (this.#release !== undefined) return writer.flush;
    const { textLength } = writer;
    const release = writer.blocks.beginTentative();
    this.#release = release;
    return () => {
      writer.flush();
      if (this.#release !== release) return;
      this.#release = undefined;
      release(writer.textLength - textLength >= enough);
    };
  }

  /** Decides that the tentative output is content. */
  acceptTentative(): void {
    this.#release?.(true);
    this.#release = undefined;
  }
}
