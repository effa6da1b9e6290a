import { type DefaultTreeAdapterTypes as Tree, parse } from "parse5";
import { parseMarkdown } from "./outline.ts";

/** What a reader gets: the same of a page by parse5 and of its markdown by a CommonMark parser. */
export interface Facts {
  /** Words of the text, sorted. */
  readonly words: readonly string[];
  /** Absolute addresses of links and images. */
  readonly links: readonly string[];
  readonly images: readonly string[];
  /** Contents of code blocks. */
  readonly codes: readonly string[];
  /** Texts of table cells without white space, by row. */
  readonly tables: readonly (readonly (readonly string[])[])[];
}

type Element = Tree.Element;
type Markdown = ReturnType<typeof parseMarkdown>;

/** Elements whose text nobody reads on a page, or that stand beside it. */
const UNREAD =
  /^(?:head|script|style|template|noscript|svg|select|datalist|textarea|iframe|object|audio|video|canvas|button|nav|footer|aside|form|title|progress|meter|map|rp|noframes|noembed|applet)$/;
const FURNITURE =
  /(?:^|[\s-])(?:headerlink|permalink|anchor|anchor-link|hash-link|linenos|lineno|linenodiv|copybtn|copy|gutter|gl|ln|lnt|blob-num|mw-editsection)(?:$|[\s-])|clipboard|MathJax_Preview/;
const BLOCK =
  /^(?:p|div|section|article|main|header|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tfoot|tr|td|th|caption|blockquote|pre|hr|br|figure|figcaption|details|summary|address|fieldset|legend|body|html|center|menu|dir)$/;

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((attr) => attr.name === name)?.value;
}

function isUnread(element: Element): boolean {
  return (
    UNREAD.test(element.tagName) ||
    attribute(element, "hidden") !== undefined ||
    attribute(element, "aria-hidden") === "true" ||
    /display\s*:\s*none|visibility\s*:\s*hidden/.test(attribute(element, "style") ?? "") ||
    FURNITURE.test(attribute(element, "class") ?? "")
  );
}

function* elements(node: Tree.Node): Generator<Element> {
  if ("tagName" in node) {
    if (isUnread(node) && node.tagName !== "head") return;
    yield node;
  }
  if ("childNodes" in node) for (const child of node.childNodes) yield* elements(child);
}

function textOf(node: Tree.Node): string {
  if (node.nodeName === "#text") return (node as Tree.TextNode).value;
  if (!("childNodes" in node) || ("tagName" in node && isUnread(node))) return "";
  const inside = node.childNodes.map(textOf).join("");
  return "tagName" in node && BLOCK.test(node.tagName) ? ` ${inside} ` : inside;
}

/** The text of a code block as browsers show it. */
function codeOf(node: Tree.Node): string {
  if (node.nodeName === "#text") return (node as Tree.TextNode).value;
  if (!("childNodes" in node) || ("tagName" in node && isUnread(node))) return "";
  if ("tagName" in node && node.tagName === "br") return "\n";
  return node.childNodes.map(codeOf).join("");
}

function wordsOf(text: string): string[] {
  // Hints for line breaks, which nobody reads.
  return (
    text.replaceAll(/[\u00ad\u200b\u2060\ufeff]/g, "").match(/[\p{L}\p{N}]+/gu) ?? []
  ).toSorted();
}

function cellText(text: string): string {
  return text.replaceAll(/\s+/gu, "");
}

/** The facts of a page, by parse5 alone. */
export function factsOfHtml(html: string, url: string): Facts {
  const document = parse(html);
  const all = [...elements(document)];
  const base = all.find(({ tagName }) => tagName === "base");
  const from = new URL((base && attribute(base, "href")) ?? "", url);
  const absolute = (names: readonly string[], tags: RegExp): string[] =>
    all
      .filter(({ tagName }) => tags.test(tagName))
      .flatMap((element) => names.map((name) => attribute(element, name)))
      .flatMap((value) =>
        value?.includes(" ") ? [value, value.trim().split(/[\s,]+/)[0]] : [value],
      )
      .flatMap((value) => (value === undefined ? [] : (URL.parse(value, from)?.href ?? [])));
  const tables = all.filter(
    (element) =>
      element.tagName === "table" &&
      ![...elements(element)].slice(1).some((e) => e.tagName === "table"),
  );
  return {
    words: wordsOf(textOf(document)),
    links: absolute(["href", "src"], /^(?:a|frame)$/),
    images: absolute(
      ["src", "srcset", "data-src", "data-original", "data-lazy-src", "data-srcset"],
      /^(?:img|source)$/,
    ),
    codes: all
      .filter(({ tagName }) => /^(?:pre|listing|xmp|plaintext)$/.test(tagName))
      .map((element) => codeOf(element).replaceAll("\u00a0", " ").trimEnd()),
    tables: tables.map((table) =>
      [...elements(table)]
        .filter(({ tagName }) => tagName === "tr")
        .map((row) =>
          row.childNodes
            .filter((cell) => /^t[dh]$/.test(cell.nodeName))
            .map((cell) => cellText(textOf(cell))),
        ),
    ),
  };
}

function* nodes(node: Markdown): Generator<Markdown> {
  yield node;
  for (const child of node.children ?? []) yield* nodes(child);
}

function plain(node: Markdown): string {
  if (node.type === "html") return /^<\/?(?:sub|sup|code)>$/.test(node.value ?? "") ? "" : " ";
  if (node.type === "image") return "";
  const text = node.value ?? (node.children ?? []).map(plain).join("");
  return /^(?:text|inlineCode|emphasis|strong|delete|link)$/.test(node.type) ? text : ` ${text} `;
}

/** The facts of a page's markdown, by a CommonMark parser alone. */
export function factsOfMarkdown(markdown: string): Facts {
  const tree = parseMarkdown(markdown);
  const all = [...nodes(tree)];
  const urls = (type: string): string[] =>
    all.flatMap((node) =>
      node.type === type && node.url !== undefined ? [URL.parse(node.url)?.href ?? node.url] : [],
    );
  return {
    words: wordsOf(plain(tree)),
    links: urls("link"),
    images: urls("image"),
    codes: all.flatMap((node) =>
      node.type === "code" && node.lang !== "math" ? [node.value ?? ""] : [],
    ),
    tables: all
      .filter(({ type }) => type === "table")
      .map((table) =>
        (table.children ?? []).map((row) =>
          (row.children ?? []).map((cell) => cellText(plain(cell))),
        ),
      ),
  };
}
