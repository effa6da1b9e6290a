import { asReference, classOf, lastCharacter } from "./characters.ts";
import type { Growing } from "./growing.ts";

/** Open formatting; it continues from block to block. */
export interface Format {
  readonly kind: "strong" | "em" | "del" | "code" | "sub" | "sup" | "link";
  /** Of a link: the absolute destination, escaped. */
  readonly destination: string;
  /** Of a link in a heading: whether it points into the page itself. */
  readonly isFragment: boolean;
}

/** Formatting that is being written. */
export interface Frame {
  readonly format: Format;
  /** The text before it, and the white space between. */
  readonly outer: Growing;
  readonly gap: string;
}

/** Emphasis that has ended; it is written once the next character is known. */
export interface Ended {
  readonly kind: "strong" | "em" | "del";
  readonly inner: Growing;
  readonly gap: string;
}

/** Markers of emphasis. */
export const MARKERS = { strong: "**", em: "*", del: "~~" };
const SYMBOL_ONLY = /^[^\p{L}\p{N}]*$/u;
const LINK_WORDS =
  /^(?:link|permalink|anchor|copy link|link to this (?:heading|section)|direct link.{0,80})$/iu;

/** Makes markers between a word and punctuation effective (CommonMark §6.2). */
export function separate(before: Growing, inner: Growing, followsEmphasis: boolean): void {
  const isPunctuation = classOf(inner.first, 0) === "punctuation";
  const { last } = before;
  const lastClass = classOf(last, last.length - 1);
  if (followsEmphasis) {
    // Two adjacent markers would be read as one.
    if (isPunctuation || lastClass === "punctuation") before.append("<!-- -->");
  } else if (isPunctuation && lastClass === "word") {
    const char = lastCharacter(last);
    before.replaceEnd(char.length, asReference(char));
  }
}

/** Appends a link; a link of a heading to itself becomes text. */
export function joinLink(
  outer: Growing,
  gap: string,
  inner: Growing,
  format: Format,
  isHeading: boolean,
): void {
  if (isHeading && format.isFragment) {
    const content = inner.toString();
    if (!SYMBOL_ONLY.test(content) && !LINK_WORDS.test(content)) outer.append(gap + content);
    return;
  }
  // `!` before `[` would make it an image.
  if (gap === "" && outer.tail.endsWith("!")) outer.replaceEnd(1, "\\!");
  outer.wrap(`${gap}[`, inner, `](${format.destination})`);
}
