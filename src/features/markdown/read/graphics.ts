import { type Attributes, GivenAttributes } from "../stream/attributes.ts";
import { isPlaceholder, lazySource } from "../stream/image-source.ts";
import { hasChild } from "./embeds.ts";
import { textContent } from "./around.ts";
import type { Tape } from "./tape.ts";

const LONGEST_NAME = 300;
/** Names of icons that say nothing about what they stand beside. */
const NO_NAME =
  /^(?:\(?(?:opens?|open) (?:in )?(?:a )?new (?:window|tab)\)?|external link(?: icon)?|(?:perma)?link|anchor|icon|image|logo|svg|arrow|chevron|copy|menu|close|search)$/i;
/** The elements before a title at which it is still that of the drawing. */
const MOST_BEFORE_TITLE = 8;

/** The accessible name of a drawing, as attributes; undefined if it has none. */
export function nameOfGraphic(
  tape: Tape,
  element: number,
  own: Attributes,
): Attributes | undefined {
  if (own.get("aria-hidden") === "true") return undefined;
  const label = clean(own.get("aria-label"));
  const isImage = /^(?:img|image|graphics-\w+)$/.test(own.get("role") ?? "");
  const title = label === "" ? titleOf(tape, element) : "";
  const name = label || title;
  if (name === "" || NO_NAME.test(name)) return undefined;
  // A title alone is a tooltip; it names an element that has no other content.
  const isShown = label !== "" || isImage;
  return new GivenAttributes([[isShown ? "aria-label" : "title", name]]);
}

/** The title of a drawing: its first or an early child. */
function titleOf(tape: Tape, element: number): string {
  const end = Math.min(tape.elementAfter(element), element + 1 + MOST_BEFORE_TITLE);
  for (let child = element + 1; child < end; child++) {
    if (tape.kindOf(child).name !== "title") continue;
    return clean(textContent(tape, child, LONGEST_NAME));
  }
  return "";
}

function clean(name: string | undefined): string {
  return (name ?? "").slice(0, LONGEST_NAME).replaceAll(/\s+/gu, " ").trim();
}

/** Whether the content of a `<noscript>` is an image that the page shows by script only. */
export function isLateImage(tape: Tape, element: number): boolean {
  return hasChild(tape, element, "img") && textContent(tape, element, 1).trim() === "";
}

/**
 * Whether an image is a placeholder without a source of its own, and its copy follows in a
 * `<noscript>`. @param isKnown whether the page is recorded up to the next element
 */
export function hasLateCopy(
  tape: Tape,
  element: number,
  own: Attributes,
  isKnown: boolean,
): boolean | "later" {
  if (own.isEmpty || !isPlaceholder(own.get("src")) || lazySource(own) !== undefined) return false;
  if (!isKnown) return "later";
  const next = element + 1;
  if (next >= tape.elementCount || tape.kindOf(next).name !== "noscript") return false;
  return tape.isClosed(next) ? hasChild(tape, next, "img") : true;
}
