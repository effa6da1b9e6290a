import type { TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { mayHaveTerms } from "./term-filter.ts";
import { SCHEMA_TERMS, type Term, TERMS } from "./terms.ts";

/** Classes of state and layout say nothing about what an element is. */
const STATE =
  /^(?:has|no|with|without|is|not|js|hide|hidden|show|wpb|elementor|fl|vc|et|u|tw|lg|md|sm|xl|col|grid|row)[-:_]/i;
/** The most words of a name: longer ones are made of text. */
const MOST_WORDS = 6;
const MOST_WORDS_OF_ID = 3;
const LONGEST = 1000;
export const NO_TERMS: readonly Term[] = [];

/** The terms of a class, at most one for each reason and condition. */
export function termsOfClass(className: string): readonly Term[] {
  if (className.length > LONGEST || !mayHaveTerms(className, 0, className.length)) return NO_TERMS;
  const found: Term[] = [];
  for (const token of className.split(/\s+/u)) addTerms(found, token, false);
  return found.length === 0 ? NO_TERMS : found;
}

/** The terms of an element's class, id, name and schema. */
export function termsOfElement(
  { name, isCustom }: ElementKind,
  attributes: TagAttributes,
): readonly Term[] {
  const { className, terms } = attributes.facts;
  if (!isCustom && !attributes.mayBeNamed) return terms;
  const id = attributes.get("id") ?? "";
  const type = attributes.get("itemtype") ?? "";
  const property = attributes.get("itemprop") ?? "";
  // A custom element is named after what it shows; MathJax's are formulas.
  const custom = isCustom && !name.startsWith("mjx") ? name : "";
  const others = id.length + custom.length + type.length + property.length;
  if (others + className.length > LONGEST) return NO_TERMS;
  if (others === 0) return terms;
  const found = [...terms];
  addTerms(found, custom, false);
  if (mayHaveTerms(id, 0, id.length)) addTerms(found, id, true);
  add(found, SCHEMA_TERMS.get(type.slice(type.lastIndexOf("/") + 1)), false);
  for (const each of property.split(/\s+/u)) add(found, SCHEMA_TERMS.get(each), false);
  return found;
}

function addTerms(found: Term[], token: string, isInId: boolean): void {
  if (token === "" || STATE.test(token)) return;
  // What follows `--` is a variant in the convention of BEM.
  const modifier = token.indexOf("--");
  const base = modifier < 0 ? token : token.slice(0, modifier);
  const words = base
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[^A-Za-z]+/g, " ")
    .trim()
    .toLowerCase()
    .split(" ");
  if (words.length > (isInId ? MOST_WORDS_OF_ID : MOST_WORDS)) return;
  for (const [i, word] of words.entries()) {
    add(found, TERMS.get(`${word} ${words[i + 1] ?? ""}`), isInId);
    add(found, TERMS.get(word), isInId);
  }
  add(found, TERMS.get(base.toLowerCase()), isInId);
}

function add(found: Term[], term: Term | undefined, isInId: boolean): void {
  if (term === undefined) return;
  const isKnown = found.some(
    ({ reason, condition }) => reason === term.reason && condition === term.condition,
  );
  if (!isKnown) found.push(isInId ? { ...term, isInId } : term);
}
