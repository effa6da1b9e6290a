import { eachAttribute, findAttribute } from "../../html/attributes.ts";
import { isWordAt } from "../../html/characters.ts";

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

/** The element whose name is a part of a text: its name in lower case, and its kind. */
export function elementAt(text: string, start: number, end: number, isXml: boolean): Element {
  const list = BY_LETTER[(text.charCodeAt(start) | 0x20) - LETTER_A] ?? NONE;
  for (let i = 0; i < list.length; i++) {
    const element = list[i] as Element;
    if (isName(text, start, end, element[0], isXml)) return element;
  }
  return BODY;
}

/** Whether a part of a text is a name in lower case; in HTML, in any case. */
export function isName(
  text: string,
  start: number,
  end: number,
  name: string,
  isXml: boolean,
): boolean {
  if (end - start !== name.length) return false;
  return isXml ? text.startsWith(name, start) : isWordAt(text, start, name);
}

/** The value of an attribute as written; undefined if there is none of that name. */
export function attributeIn(
  text: string,
  start: number,
  end: number,
  name: string,
  isXml: boolean,
): string | undefined {
  if (!isXml) return findAttribute(text, start, end, name);
  let found: string | undefined;
  eachAttribute(text, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    if (!isName(text, nameStart, nameEnd, name, true)) return false;
    found = text.slice(valueStart, valueEnd);
    return true;
  });
  return found;
}

/** The values of some attributes as written; the first of each name. */
export function attributesIn<Name extends string>(
  text: string,
  start: number,
  end: number,
  names: readonly Name[],
  isXml: boolean,
): Partial<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {};
  eachAttribute(text, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    const name = names.find((each) => isName(text, nameStart, nameEnd, each, isXml));
    if (name !== undefined) values[name] ??= text.slice(valueStart, valueEnd);
  });
  return values;
}

/** Whether a `rel`, a set of tokens, includes one of the relations that are read. */
export function relationsOf(rel: string): readonly string[] {
  if (rel.length > MAX_REL || !/canonical|alternate|prev|next/i.test(rel)) return [];
  const lower = rel.toLowerCase();
  return SPACE.test(lower) ? lower.split(SPACE) : [lower];
}

const SPACE = /[\t\n\f\r ]+/;

/** The longest `rel` that is read. */
const MAX_REL = 4096;
