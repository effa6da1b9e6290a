import { GivenAttributes } from "../stream/attributes.ts";
import { kindOf } from "../stream/elements.ts";
import type { PageSink } from "./page-sink.ts";

/** Visible characters of a page beside which a script may render the rest. */
const LITTLE = 200;
/** Characters of a text in data for scripts that make it prose, and of all such texts together. */
const PROSE = 80;
const MOST_PROSE = 65_536;
/** Values in data for scripts that are looked at. */
const MOST_VALUES = 20_000;
/** Keys whose text is the page's own, and not of its software. */
const TEXT_KEY =
  /^(?:body|content|text|html|description|summary|excerpt|articleBody|intro|lead|answer|caption|headline|title)$/i;
const DATA = /^application\/(?:ld\+)?json$/i;
const NONE = new GivenAttributes([]);

/** What scripts of a page and their data say about it. */
export class PageScripts {
  /** Whether the page has a script that runs. */
  hasCode = false;
  readonly #data: { readonly source: string; readonly isLinked: boolean }[] = [];
  #length = 0;

  add(source: string, type: string): void {
    if (!DATA.test(type.trim())) {
      this.hasCode = true;
      return;
    }
    this.#length += source.length;
    if (this.#length > 4 * MOST_PROSE) return;
    this.#data.push({ source, isLinked: type.includes("ld+") });
  }

  /** The texts in the page's data: the body of an article in JSON-LD, else all prose. */
  texts(): readonly string[] {
    const values = this.#data.map(({ source, isLinked }) => ({ isLinked, value: parse(source) }));
    const linked = values.filter(({ isLinked }) => isLinked).map(({ value }) => value);
    const bodies = textsIn(linked, /^articleBody$/);
    if (bodies.length > 0) return bodies;
    return textsIn(
      values.filter(({ isLinked }) => !isLinked).map(({ value }) => value),
      TEXT_KEY,
    );
  }
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

/** The texts under some keys, in order, each once; without markup. */
function textsIn(roots: readonly unknown[], keys: RegExp): string[] {
  const found = new Set<string>();
  const stack: { key: string; value: unknown }[] = roots
    .toReversed()
    .map((value) => ({ key: "", value }));
  let length = 0;
  for (let count = 0; count < MOST_VALUES && length < MOST_PROSE; count++) {
    const next = stack.pop();
    if (next === undefined) break;
    const { key, value } = next;
    if (typeof value === "string") {
      const text = keys.test(key) ? withoutMarkup(value.slice(0, MOST_PROSE)) : "";
      if (text.length < PROSE || !text.includes(" ")) continue;
      found.add(text);
      length += text.length;
    } else if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).slice(0, MOST_VALUES);
      for (const [name, inner] of entries.toReversed()) {
        stack.push({ key: Array.isArray(value) ? key : name, value: inner });
      }
    }
  }
  return [...found];
}

function withoutMarkup(text: string): string {
  return text
    .replaceAll(/<[^<>]{0,2000}>/g, " ")
    .replaceAll(/[^\S\n]+/g, " ")
    .trim();
}

/** Whether only a script renders a page. */
export function isRenderedByScript(
  visible: number,
  scripts: PageScripts,
  hasEmptyRoot: boolean,
  noscript: string,
): boolean {
  if (visible > LITTLE) return false;
  return /java\s?script/i.test(noscript) || (hasEmptyRoot && scripts.hasCode);
}

/** Writes a visible notice that a page is rendered by script. */
export function writeScriptNotice(sink: PageSink): void {
  element(sink, -1, "blockquote", () => {
    element(sink, -2, "p", () => {
      element(sink, -3, "strong", () => text(sink, "Rendered by script:"));
      text(
        sink,
        " a browser shows the content of this page with JavaScript; it is not in the HTML.",
      );
    });
  });
}

/** Writes texts as paragraphs; an empty line separates two. */
export function writeTexts(sink: PageSink, texts: readonly string[]): void {
  for (const each of texts) {
    for (const paragraph of each.split(/\n\s*\n/)) {
      element(sink, -1, "p", () => text(sink, paragraph));
    }
  }
}

function element(sink: PageSink, number: number, name: string, inside: () => void): void {
  sink.open(number, kindOf(name), NONE);
  inside();
  sink.close(number);
}

function text(sink: PageSink, content: string): void {
  sink.text(content, 0, content.length);
}
