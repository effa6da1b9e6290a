import type { ElementKind } from "../stream/elements.ts";
import type { CutReason } from "./cuts.ts";
import type { Measures } from "./measures.ts";
import type { Term } from "./terms.ts";

/** The most of a page's prose that an element has which is cut by its name. */
const MOST_SHARE = 0.35;
/** The same for comments that follow enough prose. */
const MOST_COMMENTS = 0.85;
const ENOUGH_PROSE = 400;
const LEAST_BEFORE = 80;
/** The most of the text of a page with less prose than that. */
const MOST_TEXT = 0.5;
/** The shares of prose before and after which what is at the edge of the text has to be. */
const START = 0.15;
const END = 0.95;

/** The part of a page in which an element is. */
export interface Surroundings {
  readonly text: number;
  readonly prose: number;
  /** Prose that is read before the element, and before the first comment. */
  readonly before: number;
  readonly beforeComments: number;
}

/** Why an element that a page names so is not content; undefined if it may be. */
export function decideByName(
  element: number,
  kind: ElementKind,
  terms: readonly Term[],
  measures: Measures,
  page: Surroundings,
): CutReason | undefined {
  const text = measures.textOf(element);
  if (text === 0 || kind.name === "main" || kind.role === "heading") return undefined;
  if (measures.titlesOf(element) > 0 || measures.isHeld(element)) return undefined;
  if (page.prose < ENOUGH_PROSE && text > page.text * MOST_TEXT) return undefined;
  const isAmid = page.before > 100 || measures.linkedShareOf(element) < 0.5;
  if (kind.role === "table" && isAmid) return undefined;
  return terms.find((term) => isMeant(element, term, measures, page))?.reason;
}

/** Whether the words mean what they say, by what the element has. */
function isMeant(element: number, term: Term, measures: Measures, page: Surroundings): boolean {
  const text = measures.textOf(element);
  const prose = measures.proseOf(element);
  const share = page.prose === 0 ? 0 : prose / page.prose;
  // Comments follow what they are about; a page that begins with them is made of them.
  if (term.reason === "comments" && prose > 0 && page.beforeComments < LEAST_BEFORE) return false;
  const isAfterText = term.reason === "comments" && page.before > ENOUGH_PROSE;
  if (share >= (isAfterText ? MOST_COMMENTS : MOST_SHARE)) return false;
  const { before } = page;
  if (term.isAtEdge && before > page.prose * START && before < page.prose * END - 1) return false;
  const linked = measures.linkedShareOf(element);
  const links = measures.linksOf(element);
  const controls = measures.controlsOf(element);
  const isSection = prose > 200 && measures.headingsOf(element) > 0;
  if (term.isInId && isSection && controls === 0 && linked < 0.15) return false;
  if (term.reason === "sidebar" && prose > 150 && linked < 0.3) return false;
  switch (term.condition) {
    case "none":
      return true;
    case "menu":
      return (links > 0 && linked > 0.12) || (controls > 0 && prose < 200);
    case "links":
      if (measures.structuresOf(element) > 0 && measures.linkedShareOf(element) < 0.5) return false;
      return links > 0 && (linked > 0.2 || (links >= 3 && prose / links < 200));
    case "contents":
      return links >= 3 && linked > 0.8 && measures.fragmentsOf(element) >= links * 0.9;
    case "short":
      return text < 300 || (linked > 0.3 && prose < 200);
    default:
      return prose === 0 && text < 600 && (linked > 0.3 || before === 0);
  }
}
