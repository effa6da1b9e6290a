import { splitTarget } from "./target.ts";

const SUFFIX = "/index.md";

/** The target of the page behind a `…/index.md` target; undefined where it is none. */
export function fromMarkdownTarget(target: string): string | undefined {
  const { path, query } = splitTarget(target);
  return path.endsWith(SUFFIX) ? path.slice(0, 1 - SUFFIX.length) + query : undefined;
}

/** Where the markdown of a page is found: below it, as `index.md`. The fragment is dropped. */
export function toMarkdownUrl(page: string | URL): string {
  const url = new URL(page);
  url.hash = "";
  const directory = url.pathname.replace(/(?:\/index\.html?)?$/, "").replace(/\/$/, "");
  url.pathname = directory + SUFFIX;
  return url.href;
}
