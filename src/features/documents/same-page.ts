import { withoutIndex } from "../../http/index-page.ts";
import { isOnWeb } from "../../http/target.ts";
import type { Catalog, CatalogPage } from "./catalog.ts";

/**
 * Whether a page is listed already under another name: `/index.html` as `/`, and `/dir/index.html`
 * as `/dir/` if a canonical or the content says so.
 *
 * @param isOpen whether a page may be listed
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

/** Whether two pages have equal facts, as far as they were read. */
function hasSameContent(one: CatalogPage, other: CatalogPage): boolean {
  return (
    one.title !== undefined &&
    one.title === other.title &&
    one.description === other.description &&
    one.words === other.words
  );
}

/** The path of a page's canonical; undefined if it is not an http address. */
export function canonicalPath(reference: string, path: string): string | undefined {
  const url = URL.parse(reference, `http://site.invalid${path}`);
  return isOnWeb(url) && reference.trim() !== "" ? url.pathname + url.search : undefined;
}
