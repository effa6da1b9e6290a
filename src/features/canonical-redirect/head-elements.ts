import type { TextWindow } from "./text-window.ts";

/** How the scan treats an element of a head. */
export type HeadElementKind = "head" | "link" | "base" | "skipped" | "body";

type Element = readonly [name: string, kind: HeadElementKind];

/** Elements of a head (HTML §13.2.6.4.4); all others begin the body. */
const ELEMENTS: readonly Element[] = [
  ["meta", "head"],
  ["link", "link"],
  ["html", "head"],
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

/** How the scan treats an attribute of a link or base element. */
export type Attribute = "href" | "rel" | "alternate" | undefined;

/** How the scan treats an attribute. A link for one language, medium or type is no canonical. */
export function attributeAt(text: TextWindow, start: number, end: number): Attribute {
  switch (end - start) {
    case 3:
      return text.is("rel", start, end) ? "rel" : undefined;
    case 4:
      if (text.is("href", start, end)) return "href";
      return text.is("type", start, end) || text.is("lang", start, end) ? "alternate" : undefined;
    case 5:
      return text.is("media", start, end) ? "alternate" : undefined;
    case 8:
      return text.is("hreflang", start, end) ? "alternate" : undefined;
    default:
      return undefined;
  }
}

/** Whether a `rel`, a set of tokens, includes "canonical" (RFC 6596). */
export function isCanonical(rel: string): boolean {
  if (rel.length === 9) return rel.toLowerCase() === "canonical";
  if (rel.length < 9 || !/canonical/i.test(rel)) return false;
  return rel
    .toLowerCase()
    .split(/[\t\n\f\r ]+/)
    .includes("canonical");
}
