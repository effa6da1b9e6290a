/** A page in one language, as a link with `hreflang` names it. */
export interface LanguageVersion {
  /** The key by which pages are compared. */
  readonly key: string;
  /** A language tag in lower case, or "x-default". */
  readonly language: string;
}

/**
 * Whether the canonical is the page in another language: then a redirect would lose the page.
 *
 * @param page the key of the page
 * @param to the key of its canonical
 * @param versions the page's links to its languages
 * @param language the language that the page itself states
 */
export function isOtherLanguage(
  page: string,
  to: string,
  versions: readonly LanguageVersion[],
  language: string | undefined,
): boolean {
  const languagesOf = (key: string): string[] =>
    versions.filter((version) => version.key === key).map((version) => version.language);
  const target = languagesOf(to);
  if (target.length === 0) return false;
  const own = languagesOf(page);
  if (own.length > 0) return !own.some((each) => target.includes(each));
  // A page that is not listed may be a duplicate of the listed page in its language.
  const listed = target.filter((each) => each !== "x-default").map(primary);
  return language !== undefined && listed.length > 0 && !listed.includes(primary(language));
}

/** The primary subtag (RFC 5646 §2.1). */
function primary(tag: string): string {
  return tag.split("-", 1)[0] ?? tag;
}
