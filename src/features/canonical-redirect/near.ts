import { withoutIndex } from "../../http/index-page.ts";

/**
 * Whether a redirect of the origin server leads to the same page in another spelling or folder: the
 * last segment of the path and the query stay. A redirect to the home page or a login is none.
 */
export function isNear(from: URL, to: URL): boolean {
  if (nameOf(from) !== nameOf(to)) return false;
  return from.search === "" || from.search === to.search;
}

/** The last segment of a path without extension, in lower case; empty for the home page. */
function nameOf({ pathname }: URL): string {
  const path = withoutIndex(pathname).replace(/\/$/, "");
  const last = path.slice(path.lastIndexOf("/") + 1);
  const name = last.replace(/\.(?:x?html?|php|aspx?|jsp)$/i, "");
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}
