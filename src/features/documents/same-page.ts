import { withoutIndex } from "../../http/index-page.ts";
import type { Catalog, CatalogPage } from "./catalog.ts";

/**
 * Whether a page is another listed one under the name of its file: `/index.html` beside `/`, and
 * `/dir/index.html` beside `/dir/` if a canonical or the content says so.
 *
 * @param isOpen whether a page may be listed at all
 */
export function isSpeltTwice(
  page: CatalogPage,
  catalog: Pick<Catalog, "get">,
  isOpen: (path: string) => boolean,
): boolean {
  const directory = withoutIndex(page.path);
  if (directory === page.path || !isOpen(directory)) return false;
  const other = catalog.get(directory);
  if (other === undefined || other.isOut === true) return false;
  if (directory === "/") return true;
  return (
    page.canonical === directory || other.canonical === page.path || hasSameContent(page, other)
  );
}

/** As far as it was read. */
function hasSameContent(one: CatalogPage, other: CatalogPage): boolean {
  return (
    one.title !== undefined &&
    one.title === other.title &&
    one.description === other.description &&
    one.words === other.words
  );
}

/** The path of a page's canonical; undefined if it is on no site. */
export function canonicalPath(reference: string, path: string): string | undefined {
  const url = URL.parse(reference, `http://site.invalid${path}`);
  const isOnWeb = url?.protocol === "http:" || url?.protocol === "https:";
  return isOnWeb && reference.trim() !== "" ? url.pathname + url.search : undefined;
}
