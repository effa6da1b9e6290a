import type { ReaderSink } from "../read/reader.ts";
import type { Attributes } from "./attributes.ts";
import { openContent } from "./content.ts";
import type { ElementKind } from "./elements.ts";
import { type PageMetadata, readMeta } from "./frontmatter.ts";
import type { LinkResolver } from "./links.ts";
import type { Formula } from "./math.ts";
import { Writer } from "./writer.ts";

/** Undoes the effect of an element's start. */
export type Closer = (() => void) | undefined;

/** The effect of an element's start in one object; a function with what it needs would be several. */
export interface OpenElement {
  close(): void;
}
export type ElementEnd = OpenElement | Closer;

/** Turns the elements and texts of one page into calls of the writer. */
export class Renderer implements ReaderSink {
  writer = new Writer();
  /** Receives text instead of the writer, for formulas. */
  capture: ((text: string) => void) | undefined;
  formula: Formula | undefined;
  /** The source that `<picture>` offers for the image that follows. */
  pictureSource = "";
  /** The name of an icon in the open link or cell. */
  iconName = "";
  /** The image that was written last, and how much was written then. */
  lastImage: { readonly url: string; readonly alt: string; readonly written: number } | undefined;
  /** Languages in classes of open elements, innermost last. */
  readonly languages: string[] = [];
  /** For each open definition list, the closer of its current item. */
  readonly definitions: Closer[] = [];
  readonly metadata: PageMetadata;
  readonly links: LinkResolver;
  readonly #elements: number[] = [];
  readonly #endings: ElementEnd[] = [];
  readonly #writeHead: () => string;

  /** @param writeHead called when the main content is decided */
  constructor(metadata: PageMetadata, links: LinkResolver, writeHead: () => string) {
    this.metadata = metadata;
    this.links = links;
    this.#writeHead = writeHead;
  }

  meta(kind: ElementKind, attributes: Attributes, isInHead: boolean): void {
    readMeta(this, kind, attributes, isInHead);
  }

  title(title: string): void {
    this.metadata.title ||= title.trim();
  }

  get description(): string {
    return this.metadata.description;
  }

  begin(): void {
    this.writer.blocks.output.append(this.#writeHead());
  }

  restart(): void {
    this.writer = new Writer();
    this.#elements.length = 0;
    this.#endings.length = 0;
    this.languages.length = 0;
    this.definitions.length = 0;
    this.capture = undefined;
    this.formula = undefined;
    this.lastImage = undefined;
    this.pictureSource = this.iconName = "";
    this.begin();
  }

  text(source: string, start: number, end: number): void {
    if (this.capture !== undefined) this.capture(source.slice(start, end));
    else if (this.writer.code !== undefined) this.writer.code.append(source.slice(start, end));
    else this.writer.inline.text(source, start, end);
  }

  open(element: number, kind: ElementKind, attributes: Attributes): void {
    const { length } = this.#elements;
    this.#elements[length] = element;
    this.#endings[length] = this.#isWithoutEffect(kind, attributes)
      ? undefined
      : this.#start(kind, attributes);
  }

  /** Whether an element has no effect, as most elements of highlighted code. */
  #isWithoutEffect(kind: ElementKind, attributes: Attributes): boolean {
    if (kind.role !== "inline" || this.formula !== undefined || kind.isCustom) return false;
    if (attributes.isEmpty) return true;
    const { language, isMath } = attributes.facts.traitsFor(kind);
    return language === "" && !isMath && !(attributes.mayHide && attributes.has("role"));
  }

  #start(kind: ElementKind, attributes: Attributes): ElementEnd {
    return openContent(this, kind, attributes, attributes.facts.traitsFor(kind));
  }

  close(element: number): void {
    const last = this.#elements.length - 1;
    const index = this.#elements[last] === element ? last : this.#elements.lastIndexOf(element);
    if (index < 0) return;
    const ending = this.#endings[index];
    if (index === last) {
      this.#elements.pop();
      this.#endings.pop();
    } else {
      this.#elements.splice(index, 1);
      this.#endings.splice(index, 1);
    }
    end(ending);
  }

  lineBreak(): void {
    this.writer.inline.lineBreak();
  }

  endParagraph(): void {
    if (this.writer.code === undefined) this.writer.flush();
  }

  /** Ends all open elements. */
  finish(): void {
    while (this.#endings.length > 0) {
      this.#elements.pop();
      end(this.#endings.pop());
    }
    this.writer.end();
  }

  /** The absolute address of the page's own markdown. */
  get alternate(): string | undefined {
    const { markdown } = this.metadata;
    return markdown === "" ? undefined : this.links.resolve(markdown);
  }

  /** Returns the markdown that can't change any more. */
  take(): string {
    return this.writer.blocks.output.take();
  }
}

function end(ending: ElementEnd): void {
  if (typeof ending === "function") ending();
  else ending?.close();
}
