import { type AlertType, alertOfClasses } from "./alerts.ts";

/** The meaning of an element's class for its reading. */
export type Meaning = AlertMeaning | { readonly is: Simple };

/** The meaning of an admonition's class. */
export interface AlertMeaning {
  readonly is: "alert";
  readonly type: AlertType;
  /** By what it is one: a class for alerts, one for boxes, a word alone, an attribute. */
  readonly by: "alert" | "box" | "word" | "rare-word" | "attribute";
}

/** Meanings without parameters. */
export type Simple =
  /** Tabs without roles: all of it, the labels, a panel. */
  | "tab-set"
  | "tab-list"
  | "tab-panel"
  /** The label of a tab right before its panel. */
  | "tab-label"
  /** A slide of a carousel; a copy of one, for its script. */
  | "slide"
  | "copied-slide"
  /** A panel that a heading or button opens. */
  | "disclosed"
  /** A reference to a note; the link back; notes of a page; a note beside the text; its switch. */
  | "reference"
  | "back-link"
  | "notes"
  | "notes-rule"
  | "sidenote"
  | "toggle";

/** Class names by what they say. */
const NAMES: Readonly<Record<Simple, string>> = {
  "tab-set": "tabbed-set vp-code-group CodeTabs theme-code-group",
  "tab-list": "tabbed-labels nav-tabs CodeTabs-toolbar theme-code-group__nav",
  "tab-panel": "tab-pane tabcontent tab-panel tabpanel tabs-panel sphinx-tabs-panel",
  "tab-label": "sd-tab-label",
  slide: "carousel-item swiper-slide slick-slide splide__slide glide__slide embla__slide",
  "copied-slide": "slick-cloned swiper-slide-duplicate splide__slide--clone glide__slide--clone",
  disclosed:
    "accordion-content accordion-body accordion-panel accordion-collapse accordion__content " +
    "accordion__panel accordion__body faq-answer faq__answer faq-content collapse collapsible-content " +
    "sd-tab-content tabbed-content toggle-content disclosure-content",
  reference:
    "footnote-ref footnote-reference footnoteref footnote-anchor fn-ref fnref noteref " +
    "easy-footnote simple-footnote footnote__ref",
  "back-link":
    "footnote-backref footnote-back fn-backref reversefootnote mw-cite-backlink data-footnote-backref " +
    "footnote-return footnote__return backlink footnote-number",
  notes: "footnotes footnote-list footnotes-list endnotes",
  "notes-rule": "footnotes-sep footnotes-separator",
  sidenote: "sidenote marginnote margin-note side-note",
  toggle: "margin-toggle sidenote-toggle",
};

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries(NAMES).flatMap(([is, names]) =>
    names.split(" ").map((name) => [name.toLowerCase(), { is: is as Simple }] as const),
  ),
);
/** Meanings that win over others of the same class. */
const STRONGEST = new Set<string>(["copied-slide", "back-link", "toggle"]);
const LONGEST = 1000;

/** The meaning of a class for the reading of its element. @param className the value of the attribute */
export function meaningOfClass(className: string): Meaning | undefined {
  if (className.length > LONGEST) return undefined;
  const lower = className.toLowerCase();
  const names = /[\t\n\f\r]| {2}|^ | $/.test(lower) ? lower.trim().split(/\s+/u) : lower.split(" ");
  let found: Meaning | undefined;
  for (const name of names) {
    const meaning = MEANINGS.get(name);
    if (meaning === undefined) continue;
    if (found === undefined || STRONGEST.has(meaning.is)) found = meaning;
  }
  return found ?? alertOfClasses(names);
}
