import { asReference, classOf, lastCharacter } from "./characters.ts";
import type { Growing } from "./growing.ts";

/** Formatting that is open at a place of the page; it lives on from block to block. */
export interface Format {
  readonly kind: "strong" | "em" | "del" | "code" | "sub" | "sup" | "link";
  /** Of links: the absolute destination, ready to be written. */
  readonly destination: string;
  /** Of links inside headings: points into the page itself. */
  readonly isFragment: boolean;
}

/** Formatting that is being written. */
export interface Frame {
  readonly format: Format;
  /** What stands before it, and the white space between. */
  readonly outer: Growing;
  readonly gap: string;
}

/** Emphasis that has ended, not written until it is known what comes next. */
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

/** Makes markers count that stand between a word and punctuation (CommonMark §6.2). */
export function separate(before: Growing, inner: Growing, followsEmphasis: boolean): void {
  const isPunctuation = classOf(inner.first, 0) === "punctuation";
  const { last } = before;
  const lastClass = classOf(last, last.length - 1);
  if (followsEmphasis) {
    // Two markers side by side are read as one.
    if (isPunctuation || lastClass === "punctuation") before.append("<!-- -->");
  } else if (isPunctuation && lastClass === "word") {
    const char = lastCharacter(last);
    before.replaceEnd(char.length, asReference(char));
  }
}

/** Puts a link after what stands before it; links of a heading to itself lose their address. */
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
