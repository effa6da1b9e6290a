import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

interface Node {
  readonly type: string;
  readonly children?: readonly Node[];
  readonly value?: string;
  readonly url?: string;
  readonly label?: string;
  readonly title?: string | null;
  readonly alt?: string | null;
  readonly lang?: string | null;
  readonly depth?: number;
  readonly ordered?: boolean;
  readonly start?: number | null;
  readonly checked?: boolean | null;
  readonly align?: readonly (string | null)[];
}

/** Reads markdown as CommonMark with GFM's extensions. */
export function parseMarkdown(markdown: string): Node {
  return fromMarkdown(markdown, {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown()],
  }) as Node;
}

/**
 * The structure that a reader of the markdown sees, as one line per block at the top:
 * `h1{…}`, `p{…}`, `ul{li{…}}`, `code:js{…}`, `em{…}`, `a(url){…}`, `[^1]`, `note:1{…}` for footnotes,
 * `alert:TIP{…}`; text stands for itself.
 */
export function outline(markdown: string): string[] {
  return children(parseMarkdown(markdown)).map(write);
}

function children(node: Node): readonly Node[] {
  return node.children ?? [];
}

function inside(node: Node): string {
  return children(node).map(write).join("");
}

function write(node: Node): string {
  switch (node.type) {
    case "text":
      return node.value ?? "";
    case "heading":
      return `h${node.depth}{${inside(node)}}`;
    case "paragraph":
      return `p{${inside(node)}}`;
    case "blockquote":
      return writeQuote(node);
    case "footnoteReference":
      return `[^${node.label}]`;
    case "footnoteDefinition":
      return `note:${node.label}{${inside(node)}}`;
    case "list":
      return `${node.ordered === true ? `ol${node.start === 1 ? "" : node.start}` : "ul"}{${inside(node)}}`;
    case "listItem": {
      const box = typeof node.checked === "boolean" ? (node.checked ? "[x] " : "[ ] ") : "";
      const [first, ...rest] = children(node);
      const lead =
        first?.type === "paragraph" ? inside(first) : first === undefined ? "" : write(first);
      return `li{${box}${lead}${rest.map(write).join("")}}`;
    }
    case "code":
      return `code${node.lang ? `:${node.lang}` : ""}{${node.value}}`;
    case "inlineCode":
      return `code{${node.value}}`;
    case "emphasis":
      return `em{${inside(node)}}`;
    case "strong":
      return `strong{${inside(node)}}`;
    case "delete":
      return `del{${inside(node)}}`;
    case "link":
      return `a(${node.url}){${inside(node)}}`;
    case "image":
      return `img(${node.url}${node.title ? ` "${node.title}"` : ""}){${node.alt ?? ""}}`;
    case "break":
      return "{br}";
    case "thematicBreak":
      return "hr";
    case "html":
      return node.value ?? "";
    case "table": {
      const align = (node.align ?? []).some((a) => a !== null)
        ? `(${(node.align ?? []).map((a) => a ?? "-").join(" ")})`
        : "";
      return `table${align}{${children(node).map(write).join(" // ")}}`;
    }
    case "tableRow":
      return children(node).map(inside).join(" | ");
    default:
      return `${node.type}{${node.value ?? inside(node)}}`;
  }
}

/** A quote; as GitHub's alert if a line with its type begins it. */
function writeQuote(node: Node): string {
  const content = inside(node);
  const type = /^p\{\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?:\}|\n)/.exec(content);
  if (type === null) return `quote{${content}}`;
  const rest = content.slice(type[0].length);
  return `alert:${type[1]}{${type[0].endsWith("\n") ? "p{" : ""}${rest}}`;
}

/** The text that a reader of the markdown sees, blocks and cells apart. */
export function textOf(markdown: string): string {
  return plain(parseMarkdown(markdown));
}

const INLINE = new Set(["text", "inlineCode", "emphasis", "strong", "delete", "link", "html"]);

function plain(node: Node): string {
  // Inline HTML of ours is sub, sup, line breaks in cells, and code.
  if (node.type === "html") return /^<\/?(?:sub|sup|code)>$/.test(node.value ?? "") ? "" : " ";
  const text = node.value ?? children(node).map(plain).join("");
  return INLINE.has(node.type) ? text : ` ${text} `;
}
