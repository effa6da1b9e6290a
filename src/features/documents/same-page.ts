import { differOnlyInSlash, withoutIndex } from "../../http/index-page.ts";
import { isOnWeb } from "../../http/target.ts";
import type { Catalog, CatalogPage } from "./catalog.ts";

/**
 * Whether a page is listed already under another name: `/index.html` as `/`; `/dir/index.html` and
 * `/dir` as `/dir/` if a canonical or the content says so; and any page as its canonical, if the
 * content is the same.
 *
 * @param isOpen whether a page may be listed
 */
export function isSpeltTwice(
  page: CatalogPage,
  catalog: Pick<Catalog, "get">,
  isOpen: (path: string) => boolean,
): boolean {
  const listed = (path: string): CatalogPage | undefined => {
    const other = path === page.path || !isOpen(path) ? undefined : catalog.get(path);
    return other?.isOut === true ? undefined : other;
  };
  const directory = directoryOf(page.path);
  const same = listed(directory);
  if (same !== undefined) {
    const isRoot = directory === "/";
    const isNamed = page.canonical === directory || same.canonical === page.path;
    if (isRoot || isNamed || hasSameContent(page, same)) return true;
  }
  const { canonical = page.path } = page;
  if (differOnlyInSlash(canonical, page.path)) return false;
  const named = listed(canonical);
  // A canonical that names a third page, or this one, settles nothing.
  const isFinal = named !== undefined && (named.canonical ?? named.path) === named.path;
  return isFinal && hasSameContent(page, named);
}

/** The path of the directory of which a page may be the index; the page's own if none. */
function directoryOf(path: string): string {
  const directory = withoutIndex(path);
  const isName = directory === path && !/[/?]|\.[^/]*$/.test(path.slice(path.lastIndexOf("/") + 1));
  return isName && !path.endsWith("/") ? `${path}/` : directory;
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
