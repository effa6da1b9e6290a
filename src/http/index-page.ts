import { splitTarget } from "./target.ts";

/** Removes "index.html" or "index.htm" from the end of a path. */
export function withoutIndex(path: string): string {
  return path.replace(/\/index\.html?$/, "/");
}

/** Whether two targets name one page, and differ only in a final "/" or "index.html". */
export function differOnlyInSlash(one: string, other: string): boolean {
  return one !== other && trimEnd(one) === trimEnd(other);
}

function trimEnd(target: string): string {
  const { path, query } = splitTarget(target);
  const page = withoutIndex(path);
  return (page.endsWith("/") ? page.slice(0, -1) : page) + query;
}
