import { splitTarget } from "./target.ts";

const SUFFIX = "/index.md";

/** A page that is a file, not a directory: no server finds it with a slash behind its name. */
const FILE = /\.x?html?$/i;

/**
 * The target of the page behind a `…/index.md` target; undefined if it is none.
 *
 * @param extension whether `/path.md` stands for the page at `/path` as well
 */
export function fromMarkdownTarget(target: string, extension = false): string | undefined {
  const { path, query } = splitTarget(target);
  if (!path.endsWith(SUFFIX)) {
    const isNamed = extension && path.endsWith(".md") && !path.endsWith("/.md");
    return isNamed ? path.slice(0, -".md".length) + query : undefined;
  }
  const page = path.slice(0, -SUFFIX.length);
  return (FILE.test(page) ? page : `${page}/`) + query;
}

/** Where the markdown of a page is found: below it, as `index.md`. The fragment is dropped. */
export function toMarkdownUrl(page: string | URL): string {
  const url = new URL(page);
  url.hash = "";
  const directory = url.pathname.replace(/(?:\/index\.html?)?$/, "").replace(/\/$/, "");
  url.pathname = directory + SUFFIX;
  return url.href;
}

/**
 * Paths of the pages that a path in `.md` may be answered from, in every spelling that is tried;
 * empty if it is another path.
 */
export function pagesBehind(path: string): readonly string[] {
  if (!path.endsWith(".md")) return [];
  const page = fromMarkdownTarget(path, true);
  if (page === undefined) return [];
  if (page === "/") return [page];
  return page.endsWith("/") ? [page, page.slice(0, -1)] : [page, `${page}/`];
}
