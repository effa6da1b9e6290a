/**
 * Converts real pages and compares their text with what parse5 sees in the same element.
 *
 * `node scripts/node.mjs scripts/markdown-corpus.ts DIR [--limit N] [--engine stream|turndown] [--worst N]`:
 * DIR holds HTML files, e.g. unpacked documentation packages. Exit code 1 on an error, or when the
 * mean recall of the words is below .99.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type DefaultTreeAdapterTypes as Tree, parse } from "parse5";
import { convertPage } from "../test/support/convert-page.ts";
import { streamEngine } from "../src/features/markdown/stream/index.ts";
import { turndownEngine } from "../src/features/markdown/turndown/index.ts";
import { textOf } from "../test/features/markdown/outline.ts";
import { recall, words } from "./corpus-words.ts";

type Element = Tree.Element;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: "string", default: "1000" },
    engine: { type: "string", default: "stream" },
    worst: { type: "string", default: "5" },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("usage: scripts/markdown-corpus.ts DIR [--limit N] [--engine stream|turndown]");
  process.exit(2);
}
const engine = values.engine === "turndown" ? turndownEngine : streamEngine;

/** What the selection leaves out (docs: main content), plus what shows no text of the page. */
const LEFT_OUT = new Set(
  (
    "nav footer aside script style noscript template svg select datalist textarea iframe object audio " +
    "video canvas button title head math progress meter"
  ).split(" "),
);
const PERMALINKS =
  /\b(?:headerlink|anchor|permalink|hash-link|linenos|lineno|copybtn|gutter|src-line-numbers|line-numbers|skip-link)\b/;
const ENOUGH_TEXT = 300;

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((attr) => attr.name === name)?.value;
}

function isLeftOut(element: Element): boolean {
  if (LEFT_OUT.has(element.tagName)) return true;
  if (attribute(element, "hidden") !== undefined) return true;
  if (attribute(element, "aria-hidden") === "true") return true;
  if (/display\s*:\s*none|visibility\s*:\s*hidden/.test(attribute(element, "style") ?? ""))
    return true;
  if (
    /^(?:navigation|search|banner|contentinfo|complementary|menu|menubar|tablist)$/.test(
      attribute(element, "role") ?? "",
    )
  )
    return true;
  return PERMALINKS.test(attribute(element, "class") ?? "");
}

function text(node: Tree.Node, isInside: boolean): string {
  if (node.nodeName === "#text") return (node as Tree.TextNode).value;
  if (!("childNodes" in node)) return "";
  if ("tagName" in node) {
    if (isLeftOut(node)) return " ";
    if ((node.tagName === "header" || node.tagName === "form") && !isInside) return " ";
  }
  const isInline =
    "tagName" in node &&
    /^(?:a|b|i|em|strong|span|code|tt|sub|sup|font|kbd|var|cite|small|abbr|u|s|del|ins|q|dfn|samp|mark|wbr|label|big|acronym)$/.test(
      node.tagName,
    );
  const inside = node.childNodes.map((child) => text(child, isInside)).join("");
  return isInline ? inside : ` ${inside} `;
}

function* elements(node: Tree.Node): Generator<Element> {
  if ("tagName" in node) {
    if (isLeftOut(node) && node.tagName !== "head") return;
    yield node;
  }
  if ("childNodes" in node) for (const child of node.childNodes) yield* elements(child);
}

/** The element that counts as the main content, chosen as the engines' contract says. */
function selected(document: Tree.Document): Element | Tree.Document {
  const all = [...elements(document)];
  const main = all.find((e) => e.tagName === "main" || attribute(e, "role") === "main");
  const articles = all.filter((e) => e.tagName === "article");
  const body = all.find((e) => e.tagName === "body") ?? document;
  const whole = text(body, false).replaceAll(/\s+/g, " ").length;
  for (const candidate of [main, articles.length === 1 ? articles[0] : undefined]) {
    if (candidate === undefined) continue;
    const { length } = text(candidate, true).replaceAll(/\s+/g, " ");
    if (length >= ENOUGH_TEXT || length >= whole * 0.25) return candidate;
  }
  return body;
}

const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.html?(?:\.en)?$/.test(name))
  .sort();
const step = Math.max(1, names.length / Number(values.limit));
const results: { name: string; share: number; precision: number; missing: string[] }[] = [];
let errors = 0;
let characters = 0;
let markdownCharacters = 0;
for (let i = 0; i < names.length; i += step) {
  const name = names[Math.floor(i)] as string;
  const html = readFileSync(join(folder, name), "utf8");
  try {
    const url = `https://www.example.com/${encodeURI(name)}`;
    const markdown = convertPage(engine, html, { url, frontmatter: false });
    const element = selected(parse(html));
    const wanted = words(text(element, "tagName" in element && element.tagName !== "body"));
    const given = words(textOf(markdown));
    const { share, missing } = recall(wanted, given);
    results.push({ name, share, precision: recall(given, wanted).share, missing });
    characters += html.length;
    markdownCharacters += markdown.length;
  } catch (error) {
    errors += 1;
    console.error(`${name}: ${String(error)}`);
  }
}

const mean = (pick: (result: (typeof results)[number]) => number) =>
  results.reduce((sum, result) => sum + pick(result), 0) / Math.max(1, results.length);
const meanRecall = mean((result) => result.share);
const worst = results.toSorted((a, b) => a.share - b.share).slice(0, Number(values.worst));
console.log(
  `${results.length} pages, ${errors} errors, recall mean ${meanRecall.toFixed(4)}, ` +
    `pages below .99: ${results.filter((result) => result.share < 0.99).length}, ` +
    `precision mean ${mean((result) => result.precision).toFixed(4)}, ` +
    `markdown ${((100 * markdownCharacters) / characters).toFixed(0)}% of the HTML`,
);
for (const { name, share, missing } of worst) {
  console.log(`${share.toFixed(3)} ${name}: ${missing.slice(0, 12).join(" ")}`);
}
process.exitCode = errors === 0 && meanRecall >= 0.99 ? 0 : 1;
