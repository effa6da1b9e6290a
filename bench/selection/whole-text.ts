import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTreeAdapterTypes as Tree, parse } from "parse5";
import { recall, words } from "../../scripts/corpus-words.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { convertPage } from "../../test/support/convert-page.ts";
import { seenIn } from "./figures.ts";
import { readHtml } from "./pages.ts";

/** Elements whose text nobody reads, or that stand for something else than their text. */
const UNREAD =
  /^(?:head|script|style|template|noscript|svg|select|datalist|textarea|iframe|object|audio|video|canvas|button|title|progress|meter|map|rp|noframes|noembed|applet|math)$/;
/** Classes of what is left out of all content: links to headings, line numbers, controls of code. */
const FURNITURE =
  /(?:^|[\s-])(?:headerlink|permalink|anchor|anchor-link|hash-link|linenos|lineno|linenodiv|copybtn|copy|gutter|gl|ln|lnt|blob-num|mw-editsection|skip-link|skiplink|skip-to-content|heading-anchor|header-anchor)(?:$|[\s-])|clipboard|MathJax_Preview/;
const INLINE =
  /^(?:a|b|i|em|strong|span|code|tt|sub|sup|font|kbd|var|cite|small|abbr|u|s|del|ins|q|dfn|samp|mark|wbr|big|acronym|time|data|bdi|bdo|ruby|rt|rb|strike|nobr|svg|script|style|template|noscript)$/;

/** Hints for line breaks in words, which the markdown leaves out. */
const INVISIBLE = /[\u00AD\u200B\u2060\uFEFF]/g;

type Element = Tree.Element;

/** Prints the recall of all words of the HTML files in a folder with `content: "all"`, and the worst pages. */
export function printWholeText(folder: string, worst: number): void {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const pages = names.filter((name) => /\.x?html?$/.test(name)).toSorted();
  const found: { name: string; missed: number; missing: string[] }[] = [];
  let all = 0;
  for (const name of pages) {
    const html = readHtml(join(folder, name));
    const options = {
      url: "https://www.example.com/",
      frontmatter: false,
      content: "all",
    } as const;
    const given = words(seenIn(convertPage(streamEngine, html, options)));
    const wanted = wordsOfWhole(html);
    const { share, missing } = recall(wanted, given);
    const count = [...wanted.values()].reduce((sum, each) => sum + each, 0);
    all += count;
    found.push({ name, missed: Math.round(count * (1 - share)), missing });
  }
  const missed = found.reduce((sum, page) => sum + page.missed, 0);
  console.log(`${pages.length} pages, ${all} words, recall ${(1 - missed / all).toFixed(5)}`);
  for (const { name, missed: own, missing } of found
    .toSorted((a, b) => b.missed - a.missed)
    .slice(0, worst)) {
    console.log(`${name}: ${own} missed, ${missing.slice(0, 20).join(" ")}`);
  }
}

/** The words of a page that `content: "all"` has to give, as parse5 reads them. */
function wordsOfWhole(html: string): Map<string, number> {
  return words(textOf(parse(html)).replaceAll(INVISIBLE, ""));
}

function textOf(node: Tree.Node): string {
  if (node.nodeName === "#text") return (node as Tree.TextNode).value;
  if (!("childNodes" in node)) return "";
  const inside = "tagName" in node && isUnread(node) ? "" : node.childNodes.map(textOf).join("");
  return "tagName" in node && isInline(node.tagName) ? inside : ` ${inside} `;
}

/** Elements that do not part words; custom ones are such, too. */
function isInline(name: string): boolean {
  return INLINE.test(name) || name.includes("-");
}

function isUnread(element: Element): boolean {
  const value = (name: string) => element.attrs.find((attr) => attr.name === name)?.value;
  return (
    UNREAD.test(element.tagName) ||
    value("hidden") !== undefined ||
    value("aria-hidden") === "true" ||
    /display\s*:\s*none|visibility\s*:\s*hidden/.test(value("style") ?? "") ||
    FURNITURE.test(value("class") ?? "")
  );
}
