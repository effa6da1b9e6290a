import { parseHTML } from "linkedom";
import type { ReaderSink } from "../read/reader.ts";
import type { Attributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { isSource } from "../stream/math-sources.ts";
import type { Renderer } from "../stream/renderer.ts";

/** Names that linkedom can create elements with. */
const NAME = /^[a-z][\w:.-]*$/;
const ATTRIBUTE_NAME = /^[a-z_][\w:.-]*$/;

/** Builds a tree of linkedom from the content of a page, for turndown. */
export class TreeSink implements ReaderSink {
  /** The element that contains the page. */
  root: Element;
  readonly #document: Document;
  readonly #renderer: Renderer;
  readonly #nodes: Element[] = [];
  readonly #elements: number[] = [];

  /** @param renderer gets the facts of the page's head */
  constructor(renderer: Renderer) {
    this.#document = parseHTML("<x-page></x-page>").document;
    this.root = this.#document.firstElementChild as Element;
    this.#renderer = renderer;
  }

  meta(kind: ElementKind, attributes: Attributes, isInHead: boolean): void {
    this.#renderer.meta(kind, attributes, isInHead);
  }

  title(title: string): void {
    this.#renderer.title(title);
  }

  get description(): string {
    return this.#renderer.description;
  }

  begin(): void {}

  restart(): void {
    this.root.replaceChildren();
    this.#nodes.length = 0;
    this.#elements.length = 0;
  }

  open(element: number, kind: ElementKind, attributes: Attributes): void {
    // Turndown takes noscript for a block.
    const isPlain = kind.name === "template" || kind.name === "noscript" || !NAME.test(kind.name);
    const name = isPlain ? "span" : kind.name;
    const node = this.#document.createElement(name);
    for (const [key, value] of attributes.entries()) {
      if (ATTRIBUTE_NAME.test(key)) node.setAttribute(key, value);
    }
    this.#innermost.append(node);
    if (kind.isVoid) return;
    // What is written without text needs some, or turndown drops the white space after it.
    if (isWithoutText(kind, attributes)) node.append(this.#document.createTextNode("\u2060"));
    this.#nodes.push(node);
    this.#elements.push(element);
  }

  get #innermost(): Element {
    return this.#nodes.at(-1) ?? this.root;
  }

  close(element: number): void {
    const index = this.#elements.lastIndexOf(element);
    if (index < 0) return;
    this.#elements.splice(index, 1);
    this.#nodes.splice(index, 1);
  }

  text(source: string, start: number, end: number): void {
    this.#innermost.append(this.#document.createTextNode(source.slice(start, end)));
  }

  lineBreak(): void {
    this.#innermost.append(this.#document.createElement("br"));
  }

  endParagraph(): void {}
}

function isWithoutText(kind: ElementKind, attributes: Attributes): boolean {
  if (kind.role === "graphic" || kind.role === "embed" || kind.name === "mjx-container")
    return true;
  if (attributes.isEmpty || (kind.role !== "inline" && kind.role !== "format")) return false;
  return attributes.get("role") === "img" || isSource(attributes);
}
