import { textContent } from "./around.ts";
import type { Cut } from "../../../feature/parts.ts";
import type { TagAttributes } from "../stream/attributes.ts";
import type { Tape } from "./tape.ts";

/** Why an element is not part of the markdown; a closed set, which `--explain` prints. */
export type CutReason =
  /** A selector of the rule's `ignore`, or `data-markdown-ignore`. */
  | "ignored"
  /** The page hides it. */
  | "hidden"
  /** Navigation, search, a page header or footer, or text beside the content. */
  | "landmark"
  /** Controls: a form, a button, a list of choices. */
  | "control"
  /** A permalink, a copy button, a line number. */
  | "furniture"
  /** Templates, drawings and other elements whose text no reader sees. */
  | "inert"
  /** It is read at another place: content that a script moves, text in a slot. */
  | "moved"
  /** Comments of readers, and the form for them. */
  | "comments"
  /** Links to share the page, and to networks. */
  | "sharing"
  /** Teasers of other pages. */
  | "related"
  /** Menus, breadcrumbs and pages of a list that are no `nav`. */
  | "navigation"
  /** A column beside the content. */
  | "sidebar"
  /** Author and date, before or after the text. */
  | "byline"
  | "tags"
  /** Advertisements, newsletters, subscriptions. */
  | "promotion"
  /** A notice of cookies. */
  | "consent"
  /** A dialog that is closed at first, or over the page. */
  | "dialog"
  /** A list of the page's own headings. */
  | "contents"
  /** Ratings, and "was this helpful". */
  | "feedback"
  /** Links and scraps around the prose. */
  | "beside";

/** Cuts that are remembered. */
const MOST = 1000;
/** Characters of an element's text, and of its class, that an explanation has. */
const LONGEST_TEXT = 80;
const LONGEST_CLASS = 100;

/** The cuts of one page, in bounded form. */
export class Cuts {
  readonly #all: { readonly element: number; readonly reason: CutReason }[] = [];

  add(element: number, reason: CutReason): void {
    if (this.#all.length < MOST) this.#all.push({ element, reason });
  }

  /** The cut elements with their reasons, but for elements without any text. */
  explain(tape: Tape, attributes: TagAttributes): Cut[] {
    return this.#all.flatMap(({ element, reason }) => {
      const text = textContent(tape, element, LONGEST_TEXT);
      if (text === "") return [];
      return [{ reason, element: describe(tape, element, attributes), text }];
    });
  }
}

function describe(tape: Tape, element: number, attributes: TagAttributes): string {
  const { name } = tape.kindOf(element);
  const own = tape.readAttributes(element, attributes);
  const id = own.get("id") ?? "";
  const classes = (own.get("class") ?? "").slice(0, LONGEST_CLASS).split(/\s+/u).filter(Boolean);
  return name + (id === "" ? "" : `#${id}`) + classes.map((each) => `.${each}`).join("");
}
