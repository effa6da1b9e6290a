import type { TextWindow } from "./text-window.ts";

/** The meaning of an element in the head for the scan. */
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
  // Raw text, or content that is not part of the page.
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

/** The name, in lower case, and the kind of the element whose name is at these offsets. */
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

/** The meaning of an attribute of a link or base element for the scan. */
export type Attribute = "href" | "rel" | "alternate" | undefined;

/**
 * The meaning of the attribute whose name is at these offsets. A link for one language, medium or
 * type only marks an alternate version; search engines do not treat it as canonical either.
 */
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

/** Whether a `rel` names the relation among others (RFC 6596; HTML, a set of tokens). */
export function isCanonical(rel: string): boolean {
  if (rel.length === 9) return rel.toLowerCase() === "canonical";
  if (rel.length < 9 || !/canonical/i.test(rel)) return false;
  return rel
    .toLowerCase()
    .split(/[\t\n\f\r ]+/)
    .includes("canonical");
}
