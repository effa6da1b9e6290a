import { asReference, classOf, lastCharacter } from "./characters.ts";

/** Formatting that is open at a place of the page; it lives on from block to block. */
export interface Format {
  readonly kind: "strong" | "em" | "del" | "code" | "sub" | "sup" | "link";
  /** Of links: the absolute destination, ready to be written. */
  readonly destination: string;
  /** Of links inside headings: points into the page itself. */
  readonly isFragment: boolean;
}

/** Markers of emphasis. */
export const MARKERS = { strong: "**", em: "*", del: "~~" };
const SYMBOL_ONLY = /^[^\p{L}\p{N}]*$/u;
const LINK_WORDS =
  /^(?:link|permalink|anchor|copy link|link to this (?:heading|section)|direct link.{0,80})$/iu;

/** Makes an opening marker count that stands between a word and punctuation (CommonMark §6.2). */
export function separate(before: string, content: string, followsEmphasis: boolean): string {
  if (classOf(content, 0) !== "punctuation") return before;
  if (followsEmphasis && before.endsWith("*")) return `${before}<!-- -->`;
  if (classOf(before, before.length - 1) !== "word") return before;
  const char = lastCharacter(before);
  return before.slice(0, -char.length) + asReference(char);
}

/** Puts a link after what stands before it; links of a heading to itself lose their address. */
export function joinLink(
  saved: string,
  gap: string,
  content: string,
  format: Format,
  isHeading: boolean,
): string {
  if (isHeading && format.isFragment) {
    return SYMBOL_ONLY.test(content) || LINK_WORDS.test(content) ? saved : saved + gap + content;
  }
  // `!` before `[` would make it an image.
  const before = gap === "" && saved.endsWith("!") ? `${saved.slice(0, -1)}\\!` : saved;
  return `${before}${gap}[${content}](${format.destination})`;
}
