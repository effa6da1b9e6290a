import type { CanonicalLink } from "./canonical.ts";

/** An address in a head, as written, with the document's base URL if it has one. */
export interface HeadAddress {
  readonly href: string;
  readonly base?: string | undefined;
}

/** A link to the page in another language (`rel="alternate"` with `hreflang`). */
export interface LanguageLink extends HeadAddress {
  /** A language tag in lower case, or "x-default". */
  readonly language: string;
}

/** The statements of a page's head that concern its canonical. */
export interface HeadStatements {
  readonly links: readonly CanonicalLink[];
  readonly languages: readonly LanguageLink[];
  /** The pages before and after this one in a series (`rel="prev"`, `rel="next"`). */
  readonly previous: readonly HeadAddress[];
  readonly next: readonly HeadAddress[];
  /** The address of a `<meta http-equiv="refresh">` that leads away within seconds. */
  readonly refresh: HeadAddress | undefined;
  /** As written, without white space around it; empty if there is none. */
  readonly title: string;
  /** The `lang` of the document in lower case. */
  readonly language: string | undefined;
  /** Whether the page asks not to be indexed (`<meta name="robots">`). */
  readonly isHidden: boolean;
  /** Whether the scan ended before the head did. */
  readonly isCut: boolean;
}

/** The facts about a page without a head. */
export const NO_HEAD: HeadStatements = {
  links: [],
  languages: [],
  previous: [],
  next: [],
  refresh: undefined,
  title: "",
  language: undefined,
  isHidden: false,
  isCut: false,
};

/** Seconds up to which a refresh counts as a redirect: later ones update the page. */
const SOON = 5;

/** The address of a refresh that leads away within seconds (HTML §4.2.5.3); undefined if it has none. */
export function refreshAddress(content: string): string | undefined {
  let at = skip(content, 0, isSpace);
  const start = at;
  at = skip(content, at, isDigit);
  const seconds = Number(content.slice(start, at) || (content[at] === "." ? "0" : "NaN"));
  if (!(seconds <= SOON)) return undefined;
  at = skip(content, at, (char) => isDigit(char) || char === ".");
  const gap = at;
  at = skip(content, at, isSpace);
  if (content[at] === ";" || content[at] === ",") at += 1;
  else if (at === gap) return undefined;
  at = skip(content, at, isSpace);
  if (content.slice(at, at + 3).toLowerCase() === "url") {
    const equals = skip(content, at + 3, isSpace);
    if (content[equals] === "=") at = skip(content, equals + 1, isSpace);
  }
  const quote = content[at] === '"' || content[at] === "'" ? content[at] : undefined;
  const rest = quote === undefined ? content.slice(at) : content.slice(at + 1).split(quote, 1)[0];
  const address = rest?.trim() ?? "";
  return address === "" ? undefined : address;
}

function skip(text: string, from: number, wanted: (char: string) => boolean): number {
  let at = from;
  while (at < text.length && wanted(text[at] as string)) at += 1;
  return at;
}

function isSpace(char: string): boolean {
  return char === " " || char === "\t" || char === "\n" || char === "\f" || char === "\r";
}

function isDigit(char: string): boolean {
  return char >= "0" && char <= "9";
}

/** Whether robots directives (`<meta name="robots">`, X-Robots-Tag) forbid to index the page. */
export function forbidsIndexing(directives: string): boolean {
  return directives
    .toLowerCase()
    .split(/[\s,]+/)
    .some((directive) => directive === "noindex" || directive === "none");
}
