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
  /** A mark that was written before the emphasis instead of inside, e.g. `（`. */
  readonly opening: string;
}

/** Emphasis that has ended; it is written once the next character is known. */
export interface Ended {
  readonly kind: "strong" | "em" | "del";
  readonly inner: Growing;
  readonly gap: string;
  readonly opening: string;
  /** Emphasis with which the inner text ends, not written yet. */
  readonly pending: Ended | undefined;
}

/** Markers of emphasis. */
export const MARKERS = { strong: "**", em: "*", del: "~~" };

export function isEmphasis(kind: Format["kind"]): kind is Ended["kind"] {
  return kind === "strong" || kind === "em" || kind === "del";
}

const SYMBOL_ONLY = /^[^\p{L}\p{N}]*$/u;
const LINK_WORDS =
  /^(?:link|permalink|anchor|copy link|link to this (?:heading|section)|direct link.{0,80})$/iu;
const ADDRESS = /^(?:https?:\/\/|mailto:)[^\s<>]+$/i;

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
  const address = addressOf(inner, format.destination);
  if (address !== undefined) {
    outer.appendPiece(gap, `<${address}>`);
    return;
  }
  // `!` before `[` would make it an image.
  if (gap === "" && outer.tail.endsWith("!")) outer.replaceEnd(1, "\\!");
  outer.wrap(gap, "[", inner, `](${format.destination})`, true);
}

/** The text of a link that is its address, for an autolink (CommonMark §6.5), in which nothing is escaped. */
function addressOf(inner: Growing, destination: string): string | undefined {
  if (inner.length > 2 * destination.length || inner.length > 4096) return undefined;
  // An address with a scheme, or the one of a mail without.
  if (!destination.startsWith("mailto:") && !/^https?/i.test(inner.head)) return undefined;
  const text = unescaped(inner.toString());
  const target = unescaped(destination);
  const isMail = target === `mailto:${text}` && /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(text);
  const isSame = text === target || `${text}/` === target;
  return isMail || (isSame && ADDRESS.test(text)) ? text : undefined;
}

function unescaped(markdown: string): string {
  return markdown.includes("\\") ? markdown.replaceAll(/\\([!-/:-@[-`{-~])/g, "$1") : markdown;
}
