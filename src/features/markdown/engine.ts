/** What a conversion needs to know besides the page itself. */
export interface MarkdownOptions {
  /** Public URL of the page: base of its relative links (with `<base>`), canonical of the frontmatter. */
  readonly url: string;
  /** @default true */
  readonly frontmatter?: boolean;
  /** A line put first after the frontmatter, e.g. a pointer to /llms.txt. */
  readonly preface?: string;
  /** Simple selectors (tag, .class, #id, [attr], combined) of what counts as main content. */
  readonly select?: readonly string[];
  /** Simple selectors of what is left out. */
  readonly ignore?: readonly string[];
  /** Date of the last change for the frontmatter, where the response tells one. */
  readonly lastModified?: string;
}

/** Turns pages into markdown; one engine serves any number of pages at once. */
export interface MarkdownEngine {
  readonly name: "stream" | "turndown";
  open(options: MarkdownOptions): MarkdownConverter;
}

/** One page on its way; never throws on any input, and its output does not depend on the cuts. */
export interface MarkdownConverter {
  /** Absolute address of the markdown that the page's head names as its own, once that was read. */
  readonly alternate?: string | undefined;
  /** Takes the page's decoded text piece by piece, cut anywhere; gives the markdown settled so far. */
  push(html: string): string;
  /** Ends the page; gives the rest. */
  end(): string;
  /** Ends a page that was cut at a limit: closes open fences, appends a visible notice. */
  truncate(): string;
}

/** Converts a whole page at once. */
export function convertPage(
  engine: MarkdownEngine,
  html: string,
  options: MarkdownOptions,
): string {
  const converter = engine.open(options);
  return converter.push(html) + converter.end();
}
