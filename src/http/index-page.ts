import { splitTarget } from "./target.ts";

/** A path without the name of the file that servers send for a directory. */
export function withoutIndex(path: string): string {
  return path.replace(/\/index\.html?$/, "/");
}

/** Whether two targets name one page, but for the slash or `index.html` at the end of its path. */
export function differOnlyInSlash(one: string, other: string): boolean {
  return one !== other && trimEnd(one) === trimEnd(other);
}

function trimEnd(target: string): string {
  const { path, query } = splitTarget(target);
  const page = withoutIndex(path);
  return (page.endsWith("/") ? page.slice(0, -1) : page) + query;
}
