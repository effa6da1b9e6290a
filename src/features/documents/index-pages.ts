import { withoutIndex } from "../../http/index-page.ts";

/** Names of pages that only list words, files or other pages, as generators write them. */
const INDEX_PAGE = new RegExp(
  "^(?:genindex|doc-index|(?:py-|np-|cpp-)?modindex|index-all|theindex|bookindex|" +
    "(?:general|concept|function|variable|term|command|symbol|name|key)-?index|" +
    "all(?:classes|packages)|search|searchresults|sitemap|tags?|categories|archives?)" +
    "(?:-(?:[a-z\\d]{1,8}|index|frame|noframe))?$",
  "i",
);

/** Whether a page only lists others, by its name. */
export function isIndexPage(path: string): boolean {
  const [own = ""] = withoutIndex(path.split("?", 1)[0] ?? "").split("#", 1);
  const name = own.replace(/\/$/, "").split("/").at(-1) ?? "";
  return INDEX_PAGE.test(name.replace(/\.(?:x?html?|php)$/i, ""));
}
