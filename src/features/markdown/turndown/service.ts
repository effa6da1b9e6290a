import TurndownService from "turndown";
import { GivenAttributes } from "../stream/attributes.ts";
import { type ElementKind, ElementKinds } from "../stream/elements.ts";
import type { Renderer } from "../stream/renderer.ts";
import type { ConfigureTurndown } from "./index.ts";
import { edgesOf, RawWriter } from "./raw.ts";
import { markElement, markRaw, markTree, readMarks } from "./markers.ts";

/** An element as turndown passes it to rules. */
type TurndownNode = Element & { readonly isBlock: boolean };

/** Elements whose text turndown would change; it is read from the tree. */
const READ_FROM_TREE = new Set(["PRE", "MATH", "SCRIPT", "LISTING", "XMP"]);

/** One page in turndown: a tree of linkedom, turndown's rules, and our renderer. */
export class TurndownPage {
  readonly #kinds = new ElementKinds();
  readonly #elements: Element[] = [];
  readonly #raw: string[] = [];
  /** The number of the element that was walked last; these are negative. */
  #walked = 0;
  readonly #service: TurndownService;
  readonly #openFragment: () => Renderer;
  readonly #isConfigured: boolean;

  /** @param openFragment creates a renderer for the content that an operator's rule receives */
  constructor(openFragment: () => Renderer, configure: ConfigureTurndown | undefined) {
    this.#openFragment = openFragment;
    this.#isConfigured = configure !== undefined;
    this.#service = this.#createService(configure);
  }

  /** Converts a tree with turndown's rules, and passes the result to the renderer. */
  convert(root: Element, renderer: Renderer): void {
    if (this.#isConfigured) addElementAccess(root);
    // Turndown need not copy the tree, which nothing else uses.
    root.cloneNode = () => root;
    this.#replay(this.#service.turndown(root as HTMLElement), renderer);
    renderer.finish();
  }

  #createService(configure: ConfigureTurndown | undefined): TurndownService {
    const options = {
      rules: {},
      defaultReplacement: (content: string, node: unknown) => this.#mark(content, node as Element),
      blankReplacement: (content: string, node: unknown) => this.#mark(content, node as Element),
      keepReplacement: (_content: string, node: unknown) => this.#asHtml(node as TurndownNode),
    };
    const service = new TurndownService(options);
    service.escape = (text) => text;
    if (configure === undefined) return service;
    const addRule = service.addRule.bind(service);
    service.addRule = (key, rule) => addRule(key, this.#wrap(rule));
    configure(service);
    return service;
  }

  /** Gives an operator's rule finished markdown, and protects the markdown that it returns. */
  #wrap(rule: TurndownService.Rule): TurndownService.Rule {
    return {
      ...rule,
      replacement: (content, node, options) =>
        this.#markRaw(rule.replacement?.(this.#settle(content), node, options) ?? ""),
    };
  }

  #mark(content: string, element: Element): string {
    const index = this.#elements.push(element) - 1;
    return READ_FROM_TREE.has(element.nodeName.toUpperCase())
      ? markTree(index)
      : markElement(index, content);
  }

  #asHtml(node: TurndownNode): string {
    const blank = node.isBlock ? "\n\n" : "";
    return this.#markRaw(`${blank}${node.outerHTML}${blank}`);
  }

  #markRaw(markdown: string): string {
    return markRaw(this.#raw.push(markdown) - 1);
  }

  #settle(content: string): string {
    const renderer = this.#openFragment();
    this.#replay(content, renderer);
    renderer.finish();
    const { before, after } = this.#edges(content);
    return "\n".repeat(before) + renderer.take().trim() + "\n".repeat(after);
  }

  /** The line ends that turndown would write at the start and end of some content. */
  #edges(content: string): { before: number; after: number } {
    const ends: { before: number; after: number }[] = [];
    let depth = 0;
    const add = (end: { before: number; after: number }): void => {
      if (depth === 0) ends.push(end);
    };
    const element = (index: number): void => {
      const ends = this.#kindOf(this.#elementAt(index)).isBlock ? 2 : 0;
      add({ before: ends, after: ends });
    };
    readMarks(content, {
      open: (index) => {
        element(index);
        depth += 1;
      },
      close: () => {
        depth -= 1;
      },
      tree: element,
      raw: (index) => add(edgesOf(this.#raw[index] ?? "")),
      text: (text) => {
        if (text.trim() !== "") add({ before: 0, after: 0 });
      },
    });
    return { before: ends[0]?.before ?? 0, after: ends.at(-1)?.after ?? 0 };
  }

  #replay(marked: string, renderer: Renderer): void {
    const raw = new RawWriter(renderer);
    readMarks(marked, {
      open: (index) => this.#open(index, this.#elementAt(index), renderer),
      close: (index) => renderer.close(index),
      tree: (index) => this.#walk(this.#elementAt(index), renderer),
      raw: (index) => raw.write(this.#raw[index] ?? ""),
      text: (text) => renderer.text(text, 0, text.length),
    });
  }

  #elementAt(index: number): Element {
    return this.#elements[index] as Element;
  }

  #kindOf({ localName }: Element): ElementKind {
    return this.#kinds.find(localName, 0, localName.length);
  }

  #open(number: number, element: Element, renderer: Renderer): void {
    const attributes = [...element.attributes].map(({ name, value }) => [name, value] as const);
    renderer.open(number, this.#kindOf(element), new GivenAttributes(attributes));
  }

  #walk(element: Element, renderer: Renderer): void {
    this.#walked -= 1;
    const number = this.#walked;
    this.#open(number, element, renderer);
    for (const child of element.childNodes) {
      if (child.nodeType === 1) this.#walk(child as Element, renderer);
      else if (child.nodeType === 3) {
        const text = child.nodeValue ?? "";
        renderer.text(text, 0, text.length);
      }
    }
    renderer.close(number);
  }
}

/** Adds what plug-ins read and linkedom lacks: `rows`, `cells` (HTML §4.9.1, §4.9.8), `checked`. */
function addElementAccess(root: Element): void {
  for (const table of root.querySelectorAll("table")) define(table, "rows", rowsOf);
  for (const row of root.querySelectorAll("tr")) {
    define(row, "cells", (own) => childrenOf(own, /^t[dh]$/));
  }
  for (const input of root.querySelectorAll("input")) {
    define(input, "checked", (own) => own.hasAttribute("checked"));
  }
}

function define(element: Element, name: string, get: (own: Element) => unknown): void {
  Object.defineProperty(element, name, { get: () => get(element), configurable: true });
}

/** The rows of a table: those of heads first, those of feet last, whatever their order. */
function rowsOf(table: Element): readonly Element[] {
  const sections = childrenOf(table, /^(?:thead|tbody|tfoot|tr)$/);
  const order = ["thead", "", "tfoot"];
  return order.flatMap((part) =>
    sections
      .filter(({ localName }) => (order.includes(localName) ? localName : "") === part)
      .flatMap((section) => (section.localName === "tr" ? [section] : childrenOf(section, /^tr$/))),
  );
}

function childrenOf(element: Element, names: RegExp): Element[] {
  return [...element.children].filter(({ localName }) => names.test(localName));
}
