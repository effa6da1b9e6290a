import { splitTarget } from "./target.ts";

const SUFFIX = "/index.md";

/** A page that is a file; no server serves it with a slash after its name. */
const FILE = /\.x?html?$/i;

/** Maps `…/index.md` to its page. @param extension also maps `/path.md` to `/path` */
export function fromMarkdownTarget(target: string, extension = false): string | undefined {
  const { path, query } = splitTarget(target);
  if (!path.endsWith(SUFFIX)) {
    const isNamed = extension && path.endsWith(".md") && !path.endsWith("/.md");
    return isNamed ? path.slice(0, -".md".length) + query : undefined;
  }
  const page = path.slice(0, -SUFFIX.length);
  return (FILE.test(page) ? page : `${page}/`) + query;
}

/** The URL of a page's markdown: `index.md` below the page, without fragment and user name. */
export function toMarkdownUrl(page: string | URL): string {
  const { origin, pathname, search } = typeof page === "string" ? new URL(page) : page;
  const directory = pathname.replace(/(?:\/index\.html?)?$/, "").replace(/\/$/, "");
  return origin + directory + SUFFIX + search;
}

/** The paths of pages, in each spelling, that a path in `.md` may be about; empty for any other. */
export function pagesBehind(path: string): readonly string[] {
  if (!path.endsWith(".md")) return [];
  const page = fromMarkdownTarget(path, true);
  if (page === undefined) return [];
  if (page === "/") return [page];
  return page.endsWith("/") ? [page, page.slice(0, -1)] : [page, `${page}/`];
}
