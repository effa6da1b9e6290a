/**
 * Compares what is chosen of a page with what its authors wrote: how much of it is there (recall),
 * and how much of what is there is theirs (precision), beside the whole body.
 *
 * `node scripts/node.mjs scripts/markdown-selection.ts DIR [--pages N] [--worst N]`: DIR holds unpacked
 * documentation packages; N pages are taken of each. No label comes from the engine: either the text
 * that the page was made of lies beside it, or the generator's template says where the content is.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type DefaultTreeAdapterTypes as Tree, parse } from "parse5";
import { convertPage } from "../test/support/convert-page.ts";
import { streamEngine } from "../src/features/markdown/stream/index.ts";
import { textOf } from "../test/features/markdown/outline.ts";
import { recall, words } from "./corpus-words.ts";

type Element = Tree.Element;

/** How the content of a family of pages is known. */
interface Family {
  readonly name: string;
  readonly files: RegExp;
  /** The text that a page was made of; undefined where there is none. */
  readonly source?: (file: string) => string | undefined;
  /** Id of the element that the template puts the content in; else the body. */
  readonly content?: readonly string[];
  /** Ids and classes of what the template puts around the content. */
  readonly without?: readonly string[];
}

const FAMILIES: readonly Family[] = [
  { name: "Sphinx", files: /python3\.11-doc\/.*\/html\/.*\.html$/, source: sphinxSource },
  { name: "AsciiDoc", files: /git-doc\/.*\.html$/, source: asciidocSource },
  { name: "Apache", files: /apache2-doc\/.*\/en\/.*\.html$/, content: ["page-content"] },
  { name: "Node.js", files: /nodejs-doc\/.*\.html$/, content: ["apicontent"] },
  {
    name: "PostgreSQL",
    files: /postgresql-doc-\d+\/.*\.html$/,
    without: ["navheader", "navfooter"],
  },
  {
    name: "Publican",
    files: /debian-handbook\/.*\/en-US\/.*\.html$/,
    without: ["docnav", "banner", "title"],
  },
  { name: "GTK-Doc", files: /libgtk-3-doc\/.*\.html$/, without: ["navigation", "footer"] },
  {
    name: "SQLite",
    files: /sqlite3-doc\/.*\.html$/,
    without: ["nosearch", "menu", "searchmenu", "tagline"],
  },
  { name: "rustdoc", files: /rust-doc\/.*\/std\/.*\.html$/, content: ["main-content"] },
  {
    name: "mdBook",
    files: /rust-doc\/.*\/(?:book|reference)\/.*\.html$/,
    content: ["mdbook-content", "content"],
    without: ["nav-wrapper", "nav-wide-wrapper"],
  },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pages: { type: "string", default: "20" }, worst: { type: "string", default: "0" } },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error("usage: scripts/markdown-selection.ts DIR [--pages N] [--worst N]");
  process.exit(2);
}

/** reStructuredText without the names of its directives and roles. */
function sphinxSource(file: string): string | undefined {
  const [root, page] = file.split("/html/") as [string, string];
  const source = join(folder ?? "", root, "html/_sources", page.replace(/\.html$/, ".rst.txt"));
  if (!existsSync(source)) return undefined;
  return readFileSync(source, "utf8")
    .replaceAll(
      /^\.\. (?:index|_|highlight|module|currentmodule|XXX|toctree|literalinclude|image)[^\n]*(?:\n[ \t]+[^\n]*)*/gm,
      "",
    )
    .replaceAll(/^\.\. (?!\S+::)[^\n]*(?:\n[ \t]+[^\n]*)*/gm, "")
    .replaceAll(/^[ \t]*\.\. [\w:-]+::/gm, "")
    .replaceAll(/^[ \t]+:\w+:.*$/gm, "")
    .replaceAll(/:[\w:+-]+:`/g, "`")
    .replaceAll(/`!?~?([^`<]*?)\s*<[^`>]*>`/g, "`$1`");
}

/** AsciiDoc without macros; pages that include others are not known from one file. */
function asciidocSource(file: string): string | undefined {
  const source = join(folder ?? "", file.replace(/\.html$/, ".txt"));
  if (!existsSync(source)) return undefined;
  const text = readFileSync(source, "utf8");
  if (/^(?:include|ifdef|ifndef)::/m.test(text)) return undefined;
  return text.replaceAll(/^(?:\[.*\]|:\w+:.*|\/\/.*)$/gm, "").replaceAll("linkgit:", "");
}

function attribute(element: Element, name: string): string {
  return element.attrs.find((attr) => attr.name === name)?.value ?? "";
}

function isNamed(element: Element, names: readonly string[]): boolean {
  const classes = attribute(element, "class").split(/\s+/);
  return names.some((name) => attribute(element, "id") === name || classes.includes(name));
}

function textBelow(node: Tree.Node, without: readonly string[]): string {
  if (node.nodeName === "#text") return (node as Tree.TextNode).value;
  if (!("childNodes" in node)) return "";
  if ("tagName" in node) {
    if (/^(?:script|style|template|noscript|svg|select|button|textarea)$/.test(node.tagName))
      return " ";
    if (isNamed(node, without)) return " ";
  }
  const inside = node.childNodes.map((child) => textBelow(child, without)).join("");
  const isInline =
    "tagName" in node &&
    /^(?:a|b|i|em|strong|span|code|tt|sub|sup|wbr|kbd|var)$/.test(node.tagName);
  return isInline ? inside : ` ${inside} `;
}

function find(node: Tree.Node, is: (element: Element) => boolean): Element | undefined {
  if ("tagName" in node && is(node)) return node;
  if (!("childNodes" in node)) return undefined;
  for (const child of node.childNodes) {
    const found = find(child, is);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What stands on a page for readers of it, as far as the template or the source tells. */
function labelOf(family: Family, file: string, document: Tree.Document): string | undefined {
  if (family.source !== undefined) return family.source(file);
  // Signs beside headings are furniture of every template.
  const without = [
    "permalink",
    "anchor",
    "mark",
    "hash-link",
    "doc-anchor",
    ...(family.without ?? []),
  ];
  const { content } = family;
  const isContent = (element: Element): boolean =>
    content === undefined ? element.tagName === "body" : content.includes(attribute(element, "id"));
  const element = find(document, isContent);
  return element === undefined ? undefined : textBelow(element, without);
}

interface Result {
  readonly file: string;
  readonly recall: number;
  readonly precision: number;
  readonly bodyRecall: number;
  readonly bodyPrecision: number;
}

function compare(family: Family, file: string): Result | undefined {
  const html = readFileSync(join(folder ?? "", file), "utf8");
  const document = parse(html);
  const label = labelOf(family, file, document);
  if (label === undefined) return undefined;
  const wanted = words(label);
  if (wanted.size < 50) return undefined;
  const url = `https://www.example.com/${basename(dirname(file))}/${basename(file)}`;
  const given = words(textOf(convertPage(streamEngine, html, { url, frontmatter: false })));
  const body = words(
    textBelow(find(document, ({ tagName }) => tagName === "body") ?? document, []),
  );
  return {
    file,
    recall: recall(wanted, given).share,
    precision: recall(given, wanted).share,
    bodyRecall: recall(wanted, body).share,
    bodyPrecision: recall(body, wanted).share,
  };
}

function mean(results: readonly Result[], pick: (result: Result) => number): string {
  return (results.reduce((sum, result) => sum + pick(result), 0) / results.length).toFixed(3);
}

function row(name: string, results: readonly Result[]): string {
  const figures = [
    mean(results, (result) => result.recall),
    mean(results, (result) => result.precision),
    mean(results, (result) => result.bodyRecall),
    mean(results, (result) => result.bodyPrecision),
  ];
  return `| ${name} | ${results.length} | ${figures.join(" | ")} |`;
}

const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".html"))
  .sort();
const all: Result[] = [];
console.log("| pages of | number | recall | precision | body: recall | body: precision |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const family of FAMILIES) {
  const own = files.filter((file) => family.files.test(file));
  const results: Result[] = [];
  // Spread over the family, whatever has no label left out.
  const step = 0.618_033_988_75;
  const order = own
    .map((file, i) => ({ file, rank: (i * step) % 1 }))
    .sort((a, b) => a.rank - b.rank);
  for (const { file } of order) {
    if (results.length >= Number(values.pages)) break;
    const result = compare(family, file);
    if (result !== undefined) results.push(result);
  }
  if (results.length === 0) continue;
  all.push(...results);
  console.log(row(family.name, results));
}
console.log(row("all", all));
const worst = all.toSorted((a, b) => a.recall * a.precision - b.recall * b.precision);
for (const { file, recall: share, precision } of worst.slice(0, Number(values.worst)))
  console.log(`${share.toFixed(3)} ${precision.toFixed(3)} ${file}`);
