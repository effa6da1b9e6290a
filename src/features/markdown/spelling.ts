import { splitTarget } from "../../http/target.ts";

/** Whether two targets name one page, but for the slash or `index.html` at the end of its path. */
export function differOnlyInSlash(one: string, other: string): boolean {
  return one !== other && trimEnd(one) === trimEnd(other);
}

function trimEnd(target: string): string {
  const { path, query } = splitTarget(target);
  const page = path.replace(/\/index\.html?$/, "/");
  return (page.endsWith("/") ? page.slice(0, -1) : page) + query;
}
