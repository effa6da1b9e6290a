/**
 * Pages of documentation packages, and what their authors wrote. No label comes from the engine: either the
 * text that a page was made of lies beside it, or the generator's template says where the content is.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTreeAdapterTypes as Tree, parse } from "parse5";

type Element = Tree.Element;

export interface DocumentationPage {
  readonly family: string;
  readonly file: string;
  /** What its authors wrote. */
  readonly text: string;
}

/** How the content of a family of pages is known. */
interface Family {
  readonly name: string;
  readonly files: RegExp;
  /** The text that a page was made of; undefined where there is none. */
  readonly source?: (folder: string, file: string) => string | undefined;
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
  {
    name: "GTK-Doc",
    files: /libgtk-3-doc\/.*\.html$/,
    without: ["navigation", "footer", "listing_lines"],
  },
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

/** reStructuredText without the names of its directives and roles. */
function sphinxSource(folder: string, file: string): string | undefined {
  const [root, page] = file.split("/html/") as [string, string];
  const source = join(folder, root, "html/_sources", page.replace(/\.html$/, ".rst.txt"));
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
function asciidocSource(folder: string, file: string): string | undefined {
  const source = join(folder, file.replace(/\.html$/, ".txt"));
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

export function textBelow(node: Tree.Node, without: readonly string[]): string {
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
function labelOf(family: Family, folder: string, file: string): string | undefined {
  if (family.source !== undefined) return family.source(folder, file);
  const document = parse(readFileSync(join(folder, file), "utf8"));
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

/** Pages of each family that have a label, spread over the family. @param limit of pages per family */
export function documentationPages(folder: string, limit: number): DocumentationPage[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html"))
    .sort();
  return FAMILIES.flatMap((family) => labelledPages(family, folder, files, limit));
}

/** The fewest characters of a page that says anything. */
const FEWEST = 300;

function labelledPages(
  family: Family,
  folder: string,
  files: readonly string[],
  limit: number,
): DocumentationPage[] {
  const step = 0.618_033_988_75;
  const order = files
    .filter((file) => family.files.test(file))
    .map((file, i) => ({ file, rank: (i * step) % 1 }))
    .sort((a, b) => a.rank - b.rank);
  const pages: DocumentationPage[] = [];
  for (const { file } of order) {
    if (pages.length >= limit) break;
    const text = labelOf(family, folder, file);
    if (text !== undefined && text.length >= FEWEST)
      pages.push({ family: family.name, file, text });
  }
  return pages;
}
