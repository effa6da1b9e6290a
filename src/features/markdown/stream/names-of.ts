import type { Attributes } from "./attributes.ts";
import type { Inline } from "./inline.ts";
import type { Closer, Renderer } from "./renderer.ts";

const LONGEST_NAME = 300;
/** Characters from the private area, which only the font of a page has as icons. */
const PRIVATE = /[\ue000-\uf8ff]/gu;

/** A name of an element, in one line. */
export function cleanName(name: string | undefined): string {
  return (name ?? "").slice(0, LONGEST_NAME).replaceAll(/\s+/gu, " ").trim();
}

/** Starts a drawing, which is written by its name; a title alone only names what has no other content. */
export function openGraphic(page: Renderer, attributes: Attributes): Closer {
  const label = attributes.get("aria-label");
  if (label === undefined) page.iconName ||= attributes.get("title") ?? "";
  else page.writer.inline.text(label);
  return undefined;
}

/** Starts an element that is a picture made of characters: if they are no text, its label is. */
export function openPicture(page: Renderer, attributes: Attributes): Closer {
  const label = cleanName(attributes.get("aria-label"));
  if (label === "" || page.capture !== undefined) return undefined;
  let shown = "";
  const { inline } = page.writer;
  const { written } = inline;
  page.capture = (piece) => {
    shown += piece;
  };
  return () => {
    page.capture = undefined;
    const text = shown.replaceAll(PRIVATE, "").trim();
    const isText = /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(text);
    if (isText) inline.text(shown);
    else if (inline.written === written) inline.text(label);
  };
}

/** What an icon may be the only content of; at its end, its name is its text. */
export class Named {
  protected readonly page: Renderer;
  protected readonly inline: Inline;
  readonly #written: number;
  readonly #outer: string;

  constructor(page: Renderer) {
    const { inline } = page.writer;
    this.page = page;
    this.inline = inline;
    this.#written = inline.written;
    this.#outer = page.iconName;
    page.iconName = "";
  }

  /** Ends it. @returns the text that it needs, or the empty string */
  protected endName(label: string): string {
    const name = label || this.page.iconName;
    this.page.iconName = this.#outer;
    return this.inline.written === this.#written ? name : "";
  }
}
