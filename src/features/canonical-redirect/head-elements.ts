import type { TextWindow } from "./text-window.ts";

/** How the scan treats an element of a head. */
export type HeadElementKind = "head" | "html" | "meta" | "link" | "base" | "skipped" | "body";

type Element = readonly [name: string, kind: HeadElementKind];

/** Elements of a head (HTML §13.2.6.4.4); all others begin the body. */
const ELEMENTS: readonly Element[] = [
  ["meta", "meta"],
  ["link", "link"],
  ["html", "html"],
  ["head", "head"],
  ["base", "base"],
  ["basefont", "head"],
  ["bgsound", "head"],
  // Their content is raw text, or not part of the page.
  ["script", "skipped"],
  ["style", "skipped"],
  ["title", "skipped"],
  ["template", "skipped"],
  ["noscript", "skipped"],
  ["noframes", "skipped"],
];

const LETTER_A = 0x61;
const NONE: readonly Element[] = [];
const BY_LETTER = Array.from({ length: 26 }, (_, letter) =>
  ELEMENTS.filter(([name]) => name.charCodeAt(0) === LETTER_A + letter),
);

const BODY: Element = ["", "body"];

/** The element whose name is at these offsets: its name in lower case, and its kind. */
export function elementAt(text: TextWindow, start: number, end: number): Element {
  const code = text.codeAt(start);
  // A name that began in the previous block is compared with all elements.
  const list = code === 0 ? ELEMENTS : (BY_LETTER[(code | 0x20) - LETTER_A] ?? NONE);
  for (let i = 0; i < list.length; i++) {
    const element = list[i] as Element;
    if (text.is(element[0], start, end)) return element;
  }
  return BODY;
}

/** The attributes whose values are read. */
export type Attribute =
  | "href"
  | "rel"
  | "lang"
  | "name"
  | "type"
  | "media"
  | "content"
  | "hreflang"
  | "http-equiv";

const OF_LINK: readonly Attribute[] = ["href", "rel", "hreflang", "type", "media", "lang"];
const OF_META: readonly Attribute[] = ["name", "content", "http-equiv"];
const OF_BASE: readonly Attribute[] = ["href"];
const OF_HTML: readonly Attribute[] = ["lang"];

function attributesOf(kind: HeadElementKind): readonly Attribute[] {
  switch (kind) {
    case "link":
      return OF_LINK;
    case "meta":
      return OF_META;
    case "base":
      return OF_BASE;
    case "html":
      return OF_HTML;
    case "head":
    case "skipped":
    case "body":
      return [];
  }
}

/** The attribute of an element whose name is at these offsets, if its value is read. */
export function attributeAt(
  kind: HeadElementKind,
  text: TextWindow,
  start: number,
  end: number,
): Attribute | undefined {
  const names = attributesOf(kind);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as Attribute;
    if (text.is(name, start, end)) return name;
  }
  return undefined;
}

/** Whether a `rel`, a set of tokens, includes one of the relations that are read. */
export function relationsOf(rel: string): readonly string[] {
  if (rel.length > MAX_REL || !/canonical|alternate|prev|next/i.test(rel)) return [];
  return rel.toLowerCase().split(/[\t\n\f\r ]+/);
}

/** The longest `rel` that is read. */
const MAX_REL = 4096;
